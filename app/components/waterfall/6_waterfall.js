// The waterfall: a tree grid with bars, of which only the rows in view are in the document.
// Python sends the rows (app/frames/waterfall.py) and apart from them, so that a click resends none, what is selected.

const ROW_PX = 22
const TWO_BARS_PX = 26
const MARGIN_ROWS = 12
const MOST_ROWS = 44
const NARROW_PX = 480
const KEY_PAUSE_MS = 140
const ECHO_MS = 3000
const REV_BYTES = 40
const waterfalls = new WeakMap()
export default function ({ data, parentElement, setTriggerValue }) {
  if (!waterfalls.has(parentElement)) waterfalls.set(parentElement, new Waterfall(parentElement))
  const shown = waterfalls.get(parentElement)
  shown.send = setTriggerValue
  shown.take(data)
  return () => {
    shown.end()
    waterfalls.delete(parentElement)
  }
}

class Waterfall {
  constructor(parentElement) {
    this.host = parentElement.host || parentElement
    this.frame = new Frame(parentElement.querySelector('.waterfall'))
    this.axis = new Axis()
    this.outline = new Outline()
    this.live = new Map()
    this.found = new Set()
    this.active = null
    this.listen()
  }

  listen() {
    const { root, grid, head, body, space, axis } = this.frame
    this.watch = new ResizeObserver(() => this.resize())
    this.watch.observe(root)
    body.onscroll = () => this.draw()
    for (const part of [head, body]) part.addEventListener('wheel', (event) => this.wheel(event), { passive: false })
    grid.onkeydown = (event) => this.key(event)
    space.onclick = (event) => this.click(event)
    space.ondblclick = (event) => this.doubleClick(event)
    axis.ondblclick = () => this.view(() => this.axis.show(0, this.axis.total))
    root.onpointerdown = (event) => this.grab(event)
    window.addEventListener('popstate', (this.wentBack = () => this.heed()))
    const facts = (at) => factsOf(this.content, this.axis.total, this.outline.visible[at])
    space.onpointermove = (event) => this.frame.hover(event, facts)
    space.onpointerleave = () => this.frame.hideTip()
  }

  end() {
    this.watch.disconnect()
    window.removeEventListener('popstate', this.wentBack)
    clearTimeout(this.keyTimer)
    this.frame.hideTip()
    if (this.box) this.box.waterfallListener = null
  }

  // Rows and pointer stand in one box: whichever comes first waits for the other.
  take(bytes) {
    this.box = this.host.closest('[class*=st-key-waterfall]')
    if (this.box) this.box.waterfallListener = (pointer) => this.point(pointer)
    const rev = String.fromCharCode(...bytes.subarray(0, REV_BYTES))
    if (rev === this.rev) return
    this.rev = rev
    this.fill(JSON.parse(new TextDecoder().decode(bytes)))
    if (this.box?.waterfallPointer) this.point(this.box.waterfallPointer)
  }

  heed() { // after Back, where a choice that Python has not heard of is none any more
    clearTimeout(this.keyTimer)
    this.waitsFor = null
    if (this.box?.waterfallPointer) this.point(this.box.waterfallPointer)
  }

  fill(content) {
    this.content = content
    this.rowPx = content.rows.start2 ? TWO_BARS_PX : ROW_PX
    this.frame.root.style.setProperty('--row', `${this.rowPx}px`)
    this.frame.root.classList.toggle('two', Boolean(content.rows.start2))
    this.axis.grow(content.total)
    this.outline.fill(content)
    this.drawFoot()
    this.list()
  }

  drawFoot() {
    const pages = this.content.work.filter(([start, end]) => end - start < this.axis.total * 0.95)
    const middle = () => this.axis.px / 2
    const toWork = ['Zoom to work', 'Show the next stretch in which calls ran, without the idle time', () =>
      this.view(() => this.axis.showNext(pages))]
    const made = this.frame.drawFoot(this.content, [
      ['Close all', 'Close all rows', () => this.fold(() => this.outline.closeAll())],
      ['Open all', 'Open all rows', () => this.fold(() => this.outline.openAll())],
      ['−', 'Zoom out', () => this.view(() => this.axis.zoom(2, middle()))],
      ['+', 'Zoom in', () => this.view(() => this.axis.zoom(0.5, middle()))],
      ...(pages.length ? [toWork] : []),
      ['Whole run', 'Show the whole run', () => this.view(() => this.axis.show(0, this.axis.total))],
    ])
    this.whole = made.at(-1)
    this.whole.disabled = this.axis.isWhole
  }

  // After a change of what can be seen of the tree.
  list() {
    const { body, space, grid, root, lines } = this.frame
    const size = this.outline.visible.length
    body.style.height = `${Math.min(size, MOST_ROWS) * this.rowPx + 2}px`
    lines.style.height = space.style.height = `${size * this.rowPx}px`
    grid.setAttribute('aria-rowcount', size + 1)
    this.hadFocus = this.hadFocus || space.contains(root.getRootNode().activeElement)
    space.textContent = ''
    this.live.clear()
    this.resize()
  }

  resize() {
    const width = this.frame.root.clientWidth
    if (!width || !this.content) return
    if (width < NARROW_PX && !this.toldWidth) this.send('narrow', (this.toldWidth = true))
    this.frame.root.classList.toggle('slim', width < NARROW_PX + 80)
    this.view(() => {})
    this.draw()
  }

  // Changes which part of the time is in view.
  view(change) {
    change()
    this.whole.disabled = this.axis.isWhole
    this.frame.drawAxis(this.axis, this.content.gaps)
    for (const row of this.live.values()) row.put()
  }

  fold(change) {
    change()
    this.active = this.outline.nearest(this.active) ?? this.active
    this.list()
    if (this.outline.at(this.active) >= 0) this.reveal(true)
  }

  // Makes the document hold the rows in view, and the active one so that it keeps the focus.
  draw() {
    const { body, space } = this.frame
    const first = Math.floor(body.scrollTop / this.rowPx) - MARGIN_ROWS
    const last = Math.ceil((body.scrollTop + body.clientHeight) / this.rowPx) + MARGIN_ROWS
    const active = this.outline.at(this.active)
    const wanted = new Set(active < 0 || active >= first ? [] : [active])
    for (let at = Math.max(0, first); at < Math.min(this.outline.visible.length, last); at++) wanted.add(at)
    if (active >= last) wanted.add(active)
    for (const [at, row] of this.live) {
      if (wanted.has(at)) continue
      row.element.remove()
      this.live.delete(at)
    }
    let next = space.firstChild
    for (const at of wanted) {
      if (this.live.has(at)) next = this.live.get(at).element.nextSibling
      else space.insertBefore(this.drawRow(at).element, next)
    }
    this.mark()
  }

  drawRow(at) {
    const row = new RowView(this.content, this.outline, this.axis, at, at * this.rowPx)
    this.live.set(at, row)
    row.put()
    return row
  }

  // Selection, focus and finds, without drawing anything anew.
  mark() {
    const active = this.outline.at(this.active)
    const focusable = active >= 0 ? active : Math.min(...this.live.keys())
    for (const [at, { element, row }] of this.live) {
      element.setAttribute('aria-selected', at === active)
      element.tabIndex = at === focusable ? 0 : -1
      element.classList.toggle('found', this.found.has(this.content.rows.id[row]))
    }
    if (!this.hadFocus) return
    this.hadFocus = false
    this.live.get(focusable)?.element.focus({ preventScroll: true })
  }

  // What Python says. The echo of an older choice is not followed.
  point({ selected, found }) {
    this.found = new Set(found)
    const isOld = this.waitsFor && selected !== this.waitsFor && performance.now() < this.waitsUntil
    if (!isOld) this.waitsFor = null
    if (isOld || !selected || selected === this.active || !this.outline.index.has(selected)) return this.mark()
    this.active = selected
    if (this.outline.open(selected)) this.list()
    this.reveal(true)
    this.draw()
  }

  // Scrolls as far as needed; from afar so that the row stands in the upper part, which is on the screen.
  reveal(fromAfar) {
    const { body } = this.frame
    const top = this.outline.at(this.active) * this.rowPx
    const height = body.clientHeight
    if (top >= body.scrollTop && top + this.rowPx <= body.scrollTop + height) return
    if (fromAfar) body.scrollTop = top - height / 5
    else body.scrollTop = top < body.scrollTop ? top : top + this.rowPx - height
  }

  move(at) {
    if (at < 0 || at >= this.outline.visible.length) return
    this.active = this.content.rows.id[this.outline.visible[at]]
    this.reveal(false)
    this.draw()
    this.live.get(at).element.focus({ preventScroll: true })
  }

  toggle(row, open) {
    this.fold(() => this.outline.toggle(row, open))
  }

  // Tells Python, after a pause in which another key may follow. Rows of repeats are no spans.
  choose(pause) {
    clearTimeout(this.keyTimer)
    const id = this.active
    const row = this.outline.index.get(id)
    if (row === undefined || this.content.rows.count[row]) return
    this.waitsFor = id
    this.waitsUntil = performance.now() + ECHO_MS
    this.keyTimer = setTimeout(() => this.send('chosen', id), pause)
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const at = this.outline.at(this.active)
    const row = this.outline.visible[at]
    const last = this.outline.visible.length - 1
    const page = Math.max(1, Math.floor(this.frame.body.clientHeight / this.rowPx) - 1)
    const isOpen = row !== undefined && this.outline.isOpen(row)
    const zoom = (factor) => this.view(() => this.axis.zoom(factor, this.axis.px / 2))
    const act = {
      ArrowDown: () => this.move(at + 1),
      ArrowUp: () => this.move(at - 1),
      Home: () => this.move(0),
      End: () => this.move(last),
      PageDown: () => this.move(Math.min(at + page, last)),
      PageUp: () => this.move(Math.max(at - page, 0)),
      ArrowRight: () => (isOpen ? this.move(at + 1) : this.toggle(row, true)),
      ArrowLeft: () => (isOpen ? this.toggle(row, false) : this.move(this.outline.parentAt(row))),
      ' ': () => this.toggle(row),
      Enter: () => this.content.rows.count[row] && this.toggle(row),
      '+': () => zoom(0.5),
      '-': () => zoom(2),
      0: () => this.view(() => this.axis.show(0, this.axis.total)),
    }[event.key]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
    this.choose(event.key === 'Enter' ? 0 : KEY_PAUSE_MS)
  }

  click(event) {
    const element = event.target.closest('.row')
    if (!element || this.dragged) return
    const row = this.outline.visible[Number(element.dataset.at)]
    const onToggle = event.target.closest('.toggle') && this.outline.hasChildren(row)
    this.frame.hideTip()
    this.move(Number(element.dataset.at))
    if (onToggle || this.content.rows.count[row]) this.toggle(row)
    if (!onToggle) this.choose(0)
  }

  doubleClick(event) {
    const element = event.target.closest('.row')
    if (!element || event.target.closest('.toggle')) return
    const { start, length } = boundsOf(this.content.rows, this.outline.visible[Number(element.dataset.at)])
    const margin = Math.max(length * 0.04, 1)
    this.view(() => this.axis.show(start - margin, start + length + margin))
  }

  wheel(event) {
    const panning = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    const x = event.clientX - this.frame.axis.getBoundingClientRect().left
    if (event.ctrlKey || event.metaKey) this.view(() => this.axis.zoom(Math.exp(Math.sign(event.deltaY) * 0.25), x))
    else if (panning && !this.axis.isWhole) this.view(() => this.axis.pan(panning))
    else return
    event.preventDefault()
  }

  grab(event) {
    this.dragged = false
    if (event.button || this.axis.isWhole || !event.target.closest('.lane, .axis')) return
    let last = event.clientX
    const moved = (now) => {
      if (!this.dragged && Math.abs(now.clientX - event.clientX) < 4) return
      this.dragged = true
      this.view(() => this.axis.pan(last - now.clientX))
      last = now.clientX
    }
    window.addEventListener('pointermove', moved)
    window.addEventListener('pointerup', () => window.removeEventListener('pointermove', moved), { once: true })
  }
}
