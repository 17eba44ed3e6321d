// Which part of the run is in view, in microseconds from its start, and where a moment lies on the screen.

const SHORTEST_US = 20

class Axis {
  constructor() {
    this.from = 0
    this.to = this.total = this.px = 1
  }

  get isWhole() {
    return this.from <= 0 && this.to >= this.total
  }

  // The run may have grown: a view of all of it stays one.
  grow(total) {
    const wasWhole = this.isWhole
    this.total = total
    if (wasWhole) this.show(0, total)
    else this.show(this.from, this.to)
  }

  show(from, to) {
    const shortest = Math.min(SHORTEST_US, this.total)
    this.from = Math.max(0, Math.min(from, this.total - shortest))
    this.to = Math.min(this.total, Math.max(to, this.from + shortest))
  }

  zoom(factor, x) {
    const pivot = this.from + (Math.min(Math.max(x, 0), this.px) / this.px) * (this.to - this.from)
    this.show(pivot - (pivot - this.from) * factor, pivot + (this.to - pivot) * factor)
  }

  pan(px) {
    const us = (px / this.px) * (this.to - this.from)
    const shift = Math.min(Math.max(us, -this.from), this.total - this.to)
    this.show(this.from + shift, this.to + shift)
  }

  // The next stretch of work behind what is in view, else the first.
  showNext(stretches) {
    const seen = this.isWhole ? -1 : this.from + (this.to - this.from) * 0.1
    const [start, end] = stretches.find(([from]) => from > seen) || stretches[0]
    const margin = (end - start) * 0.03
    this.show(start - margin, end + margin)
  }

  x(us) {
    return ((us - this.from) / (this.to - this.from)) * this.px
  }
}
