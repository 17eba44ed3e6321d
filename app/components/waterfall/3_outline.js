// The rows as a tree: which are closed, and which can be seen. Closed ones stay closed when rows arrive.

const FAILED = 1
const RETURNED_ERROR = 2
const UNFINISHED = 4
const IS_SUM = 8
const ORPHAN = 16
const CLOSED = 32

class Outline {
  constructor() {
    this.closed = new Set()
    this.known = new Set()
    this.fill({ rows: { id: [], depth: [], flags: [] } })
  }

  fill({ rows }) {
    this.rows = rows
    this.count = rows.id?.length || 0
    this.index = new Map((rows.id || []).map((id, row) => [id, row]))
    this.parent = new Int32Array(this.count)
    this.deepest = 1
    const above = []
    for (let row = 0; row < this.count; row++) {
      const depth = rows.depth[row]
      this.parent[row] = depth ? above[depth - 1] : -1
      this.deepest = Math.max(this.deepest, depth)
      above[depth] = row
      if (rows.flags[row] & CLOSED && !this.known.has(rows.id[row])) this.closed.add(rows.id[row])
      this.known.add(rows.id[row])
    }
    this.list()
  }

  list() {
    this.visible = []
    let below = Infinity
    for (let row = 0; row < this.count; row++) {
      if (this.rows.depth[row] > below) continue
      below = this.closed.has(this.rows.id[row]) ? this.rows.depth[row] : Infinity
      this.visible.push(row)
    }
    this.place = new Map(this.visible.map((row, at) => [row, at]))
  }

  hasChildren(row) {
    return row + 1 < this.count && this.rows.depth[row + 1] > this.rows.depth[row]
  }

  isOpen(row) {
    return this.hasChildren(row) && !this.closed.has(this.rows.id[row])
  }

  // Where a row stands among the visible ones, by its id; -1 if it can't be seen.
  at(id) {
    return this.place.get(this.index.get(id)) ?? -1
  }

  parentAt(row) {
    return this.place.get(this.parent[row]) ?? -1
  }

  toggle(row, open = !this.isOpen(row)) {
    if (!this.hasChildren(row)) return
    if (open) this.closed.delete(this.rows.id[row])
    else this.closed.add(this.rows.id[row])
    this.list()
  }

  openAll() {
    this.closed.clear()
    this.list()
  }

  // A lone root stays open, or nothing would be left to see.
  closeAll() {
    const roots = this.rows.depth.filter((depth) => !depth).length
    for (let row = 0; row < this.count; row++) {
      if (this.hasChildren(row) && (this.rows.depth[row] || roots > 1)) this.closed.add(this.rows.id[row])
    }
    this.list()
  }

  // Opens what is above a row; whether anything had to be.
  open(id) {
    let opened = false
    for (let row = this.parent[this.index.get(id)]; row >= 0; row = this.parent[row]) {
      opened = this.closed.delete(this.rows.id[row]) || opened
    }
    if (opened) this.list()
    return opened
  }

  // The row itself, or the nearest above it that can be seen.
  nearest(id) {
    let row = this.index.get(id)
    while (row !== undefined && row >= 0 && !this.place.has(row)) row = this.parent[row]
    return row === undefined || row < 0 ? null : this.rows.id[row]
  }
}
