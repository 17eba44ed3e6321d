// The waterfall: a tree grid with bars, of which only the rows in view are in the document.
// Python sends the rows as JSON columns (see app/frames/waterfall.py) and, apart from them, a pointer: what is selected
// and what was found. So a click resends no rows. Text of spans gets into the page by textContent only.

const ROW_PX = 22, TWO_BARS_PX = 26, MARGIN_ROWS = 12, MOST_ROWS = 40, NARROW_PX = 480, INDENT_PX = 13, MOST_INDENT_PX = 110
const FAILED = 1, RETURNED_ERROR = 2, UNFINISHED = 4, IS_SUM = 8, ORPHAN = 16, CLOSED = 32
const KEY_PAUSE_MS = 140, TIP_MS = 350, ECHO_MS = 3000, SVG = 'http://www.w3.org/2000/svg'
const waterfalls = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let shown = waterfalls.get(parentElement)
  if (!shown) waterfalls.set(parentElement, (shown = new Waterfall(parentElement)))
  shown.send = setTriggerValue
  shown.take(data)
  return () => {
    shown.end()
    waterfalls.delete(parentElement)
  }
}

function add(parent, tag, cls, text) {
  const element = document.createElement(tag)
  if (cls) element.className = cls
  if (text !== undefined) element.textContent = text
  parent.append(element)
  return element
}

function icon(path, colour) {
  const svg = document.createElementNS(SVG, 'svg'), shape = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '-1 -1 2 2')
  svg.setAttribute('aria-hidden', 'true')
  shape.setAttribute('d', path)
  svg.style.fill = colour
  svg.append(shape)
  return svg
}

function two(number, size, unit, smaller) {
  const rest = number % size
  return `${Math.floor(number / size)} ${unit}` + (rest ? ` ${String(rest).padStart(2, '0')} ${smaller}` : '')
}

// As app.format.duration writes it.
export function duration(us) {
  const ms = us / 1000
  if (ms < 999.5) return ms >= 10 || ms === 0 ? `${ms.toFixed(0)} ms` : `${Number(ms.toPrecision(2))} ms`
  if (ms < 59950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1000), minutes = Math.round(seconds / 60)
  if (seconds < 3600) return two(seconds, 60, 'min', 's')
  return minutes < 1440 ? two(minutes, 60, 'h', 'min') : two(Math.round(minutes / 60), 24, 'd', 'h')
}

// Round moments between two times, about `wanted` of them, and how to write them.
export function ticks(from, to, wanted) {
  const rough = (to - from) / wanted
  const unit = rough >= 7.2e9 ? 3.6e9 : rough >= 6e7 ? 6e7 : rough >= 1e5 ? 1e6 : 1000
  const name = { 3600000000: 'h', 60000000: 'min', 1000000: 's', 1000: 'ms' }[unit]
  const ten = 10 ** Math.floor(Math.log10(rough / unit))
  const step = [1, 2, 5, 10].map((n) => n * ten).find((n) => n * unit >= rough * 0.75) * unit
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9))
  const found = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push([at, `${(at / unit).toFixed(digits)}${found.length ? '' : ' ' + name}`])
  }
  return found
}

class Waterfall {
  constructor(root) {
    this.root = root.querySelector('.waterfall')
    this.host = root.host || this.root
    this.closed = new Set()
    this.live = new Map()
    this.found = new Set()
    this.seen = new Set()
    this.active = null
    this.build()
    this.watch = new ResizeObserver(() => this.resize())
    this.watch.observe(this.root)
  }

  end() {
    this.watch.disconnect()
    clearTimeout(this.keyTimer)
    clearTimeout(this.tipTimer)
    if (this.box) this.box.waterfallListener = null
  }

  build() {
    this.root.textContent = ''
    this.grid = add(this.root, 'div', 'grid')
    this.grid.setAttribute('role', 'treegrid')
    this.grid.setAttribute('aria-label', 'Spans. Arrow keys move, right and left open and close, plus and minus zoom.')
    this.head = add(this.grid, 'div', 'head')
    this.head.setAttribute('role', 'row')
    for (const [cls, text] of [['step', '#'], ['name', 'Span'], ['axis', ''], ['tokens', 'Tokens'], ['cost', 'Cost']]) {
      const cell = add(this.head, 'div', cls, text)
      cell.setAttribute('role', 'columnheader')
      if (cls === 'axis') this.axis = cell
    }
    this.axis.setAttribute('aria-label', 'Time')
    this.axis.title = 'Ctrl or ⌘ and scroll to zoom, drag or shift and scroll to pan, double click to see the whole run'
    this.body = add(this.grid, 'div', 'body')
    this.body.setAttribute('role', 'rowgroup')
    this.lines = add(this.body, 'div', 'lines')
    this.lines.setAttribute('aria-hidden', 'true')
    this.space = add(this.body, 'div', 'space')
    this.space.setAttribute('role', 'presentation')
    this.foot = add(this.root, 'div', 'foot')
    this.tip = add(this.root, 'div', 'tip')
    this.tip.setAttribute('aria-hidden', 'true')
    this.body.onscroll = () => this.window()
    this.body.addEventListener('wheel', (event) => this.wheel(event), { passive: false })
    this.head.addEventListener('wheel', (event) => this.wheel(event), { passive: false })
    this.grid.onkeydown = (event) => this.key(event)
    this.space.onclick = (event) => this.click(event)
    this.space.ondblclick = (event) => this.doubleClick(event)
    this.axis.ondblclick = () => this.zoom(0, this.total)
    this.root.onpointerdown = (event) => this.grab(event)
    this.space.onpointermove = (event) => this.hover(event)
    this.space.onpointerleave = () => this.hideTip()
  }

  // Rows, and the box in which the pointer stands: whichever of the two comes first waits for the other.
  take(bytes) {
    const box = this.host.closest('[class*=st-key-waterfall]')
    if (box && box !== this.box) this.box = box
    if (this.box) this.box.waterfallListener = (pointer) => this.point(pointer)
    const rev = String.fromCharCode(...bytes.subarray(0, 40))
    if (rev !== this.rev) {
      this.rev = rev
      this.fill(JSON.parse(new TextDecoder().decode(bytes)))
      if (this.box?.waterfallPointer) this.point(this.box.waterfallPointer)
    }
  }

  fill(content) {
    const wasWhole = !this.rows || (this.from <= 0 && this.to >= this.total)
    Object.assign(this, { content, rows: content.rows, total: content.total, count: (content.rows.id || []).length })
    this.rowPx = this.rows.start2 ? TWO_BARS_PX : ROW_PX
    this.root.style.setProperty('--row', `${this.rowPx}px`)
    this.index = new Map((this.rows.id || []).map((id, row) => [id, row]))
    this.parent = new Int32Array(this.count)
    const above = []
    for (let row = 0; row < this.count; row++) {
      const depth = this.rows.depth[row]
      this.parent[row] = depth ? above[depth - 1] : -1
      above[depth] = row
      const id = this.rows.id[row]
      if (this.rows.flags[row] & CLOSED && !this.seen.has(id)) this.closed.add(id)
      this.seen.add(id)
    }
    const deepest = this.count ? Math.max(1, this.rows.depth.reduce((a, b) => Math.max(a, b), 0)) : 1
    this.indent = Math.min(INDENT_PX, MOST_INDENT_PX / deepest)
    if (wasWhole) [this.from, this.to] = [0, this.total]
    this.pages = this.content.work.filter(([start, end]) => end - start < this.total * 0.95)
    this.drawFoot()
    this.list()
  }

  hasChildren(row) {
    return row + 1 < this.count && this.rows.depth[row + 1] > this.rows.depth[row]
  }

  // Which rows are in view of the tree: those below no closed one.
  list() {
    const visible = []
    let below = Infinity
    for (let row = 0; row < this.count; row++) {
      if (this.rows.depth[row] > below) continue
      below = this.closed.has(this.rows.id[row]) ? this.rows.depth[row] : Infinity
      visible.push(row)
    }
    this.visible = visible
    this.place = new Map(visible.map((row, at) => [row, at]))
    const most = Math.min(visible.length, MOST_ROWS) * this.rowPx
    this.body.style.height = `${most + 2}px`
    this.space.style.height = `${visible.length * this.rowPx}px`
    this.grid.setAttribute('aria-rowcount', visible.length + 1)
    this.clearRows()
    this.resize()
  }

  clearRows() {
    this.hadFocus = this.hadFocus || this.space.contains(this.root.getRootNode().activeElement)
    this.space.textContent = ''
    this.live.clear()
  }

  resize() {
    const width = this.root.clientWidth
    if (!width || !this.visible) return
    if (width < NARROW_PX && !this.toldWidth) this.send?.('narrow', (this.toldWidth = true))
    this.root.classList.toggle('slim', width < NARROW_PX + 80)
    this.lines.style.height = `${this.visible.length * this.rowPx}px`
    const gutter = this.body.offsetWidth - this.body.clientWidth
    this.head.style.paddingRight = `${gutter}px`
    this.lanePx = this.axis.clientWidth
    this.drawAxis()
    this.window()
  }

  drawAxis() {
    this.axis.textContent = ''
    this.lines.textContent = ''
    const left = this.axis.offsetLeft - this.head.offsetLeft
    const lane = add(this.lines, 'div', 'lane-lines')
    lane.style.left = `${left}px`
    lane.style.width = `${this.lanePx}px`
    for (const [from, to] of this.content.gaps) {
      const gap = add(lane, 'div', 'gap')
      gap.style.left = `${this.x(from)}px`
      gap.style.width = `${this.x(to) - this.x(from)}px`
    }
    for (const [at, text] of ticks(this.from, this.to, Math.max(2, this.lanePx / 44))) {
      const x = this.x(at)
      add(lane, 'div', 'line').style.left = `${x}px`
      if (x < this.lanePx - 14) {
        const label = add(this.axis, 'span', x < 8 ? 'first' : '', text)
        label.style.left = `${x}px`
      }
    }
  }

  x(us) {
    return ((us - this.from) / (this.to - this.from)) * this.lanePx
  }

  // Makes the document hold the rows in view and the active one, so that it keeps the focus.
  window() {
    if (!this.visible) return
    const first = Math.max(0, Math.floor(this.body.scrollTop / this.rowPx) - MARGIN_ROWS)
    const last = Math.min(this.visible.length, Math.ceil((this.body.scrollTop + this.body.clientHeight) / this.rowPx) + MARGIN_ROWS)
    const wanted = new Set()
    for (let at = first; at < last; at++) wanted.add(at)
    const active = this.activeAt()
    if (active >= 0) wanted.add(active)
    for (const [at, row] of this.live) {
      if (!wanted.has(at)) {
        row.element.remove()
        this.live.delete(at)
      }
    }
    for (const at of wanted) if (!this.live.has(at)) this.live.set(at, this.draw(at))
    this.mark()
  }

  activeAt() {
    const row = this.index?.get(this.active)
    return row === undefined ? -1 : (this.place.get(row) ?? -1)
  }

  draw(at) {
    const row = this.visible[at], { rows, content } = this, flags = rows.flags[row], kind = content.kinds[rows.kind[row]]
    const failed = flags & FAILED, element = document.createElement('div')
    element.className = 'row' + (failed ? ' failed' : '') + (flags & IS_SUM ? ' sum' : '') + (this.found.has(rows.id[row]) ? ' found' : '')
    element.style.top = `${at * this.rowPx}px`
    element.dataset.at = at
    for (const [name, value] of [['role', 'row'], ['tabindex', '-1'], ['aria-level', rows.depth[row] + 1], ['aria-rowindex', at + 2]]) {
      element.setAttribute(name, value)
    }
    if (this.hasChildren(row)) element.setAttribute('aria-expanded', !this.closed.has(rows.id[row]))
    const cell = (cls, text) => {
      const made = add(element, 'div', cls, text)
      made.setAttribute('role', 'gridcell')
      return made
    }
    cell('step', rows.step[row] || '')
    this.drawName(cell('name'), row, kind)
    const lane = cell('lane')
    const made = { element, row, lane, bars: this.drawBars(lane, row, kind), line: rows.waited[row] ? add(lane, 'i', 'path') : null }
    if (rows.first[row] != null) made.tick = add(lane, 'i', 'tick')
    made.label = add(lane, 'span', 'length', (failed ? '✕ ' : '') + (flags & UNFINISHED ? 'running, ' : '') + duration(rows.length[row]))
    cell('tokens', rows.tokens[row] == null ? '' : rows.tokens[row].toLocaleString('en-US'))
    cell('cost', rows.cost[row])
    element.setAttribute('aria-description', this.facts(row).slice(1).join(', '))
    this.space.append(element)
    this.put(made)
    return made
  }

  drawName(cell, row, kind) {
    const { rows, content } = this, flags = rows.flags[row]
    cell.style.paddingLeft = `${rows.depth[row] * this.indent}px`
    const toggle = add(cell, 'span', 'toggle', this.hasChildren(row) ? '▸' : '')
    toggle.setAttribute('aria-hidden', 'true')
    if (this.hasChildren(row) && !this.closed.has(rows.id[row])) toggle.classList.add('open')
    cell.append(icon(content.icons[rows.kind[row]], flags & FAILED ? 'var(--failed)' : `var(--kind-${kind})`))
    add(cell, 'span', 'unseen', `${kind} `)
    add(cell, 'span', 'text', content.names[rows.name[row]])
    if (rows.count[row]) add(cell, 'span', 'times', ` ×${rows.count[row]}` + (rows.failed[row] ? `, ${rows.failed[row]} ✕` : ''))
    if (rows.folded[row]) add(cell, 'span', 'times', `+${rows.folded[row]}`)
    const note = content.notes[rows.note[row]]
    if (note) add(cell, 'span', flags & FAILED ? 'note' : 'note warn', `${flags & FAILED ? '✕' : '!'} ${note}`)
    if (flags & ORPHAN) add(cell, 'span', 'times', 'parent missing')
    if (rows.change?.[row]) cell.parentElement.dataset.change = rows.change[row]
  }

  drawBars(lane, row, kind) {
    const { rows } = this, bars = []
    for (const [start, length, cls] of [[rows.start, rows.length, 'bar'], [rows.start2, rows.length2, 'bar second']]) {
      if (!start || start[row] == null) continue
      const bar = add(lane, 'i', cls)
      bar.style.setProperty('--kind', `var(--kind-${kind})`)
      if (rows.flags[row] & UNFINISHED) bar.classList.add('unfinished')
      bars.push([bar, start[row], length[row]])
    }
    return bars
  }

  // Where the bar of a drawn row lies now.
  put({ row, bars, line, tick, label }) {
    const { rows } = this, width = this.lanePx
    let left = Infinity, right = -Infinity
    for (const [bar, start, length] of bars) {
      const from = this.x(start), to = Math.max(this.x(start + length), from + 2)
      const shownFrom = Math.max(from, -4), shownTo = Math.min(to, width + 4)
      bar.style.left = `${shownFrom}px`
      bar.style.width = `${Math.max(0, shownTo - shownFrom)}px`
      left = Math.min(left, from)
      right = Math.max(right, to)
    }
    if (line) {
      line.style.left = `${Math.max(this.x(rows.path[row]), -4)}px`
      line.style.width = `${Math.max(2, Math.min(this.x(rows.path[row] + rows.waited[row]), width + 4) - Math.max(this.x(rows.path[row]), -4))}px`
    }
    if (tick) tick.style.left = `${this.x(rows.start[row] + rows.first[row])}px`
    const room = label.textContent.length * 6.1 + 10
    label.className = 'length'
    const inView = Math.min(right, width) - Math.max(left, 0)
    if (inView > room + 26 && right > width - room) {
      label.classList.add('inside')
      label.style.left = `${Math.min(right, width) - room}px`
      label.style.color = `var(--on-${this.content.kinds[rows.kind[row]]})`
    } else {
      label.style.color = ''
      label.style.left = `${right < 0 ? 0 : left > width ? width - room : right + room < width ? right : Math.max(0, left - room)}px`
    }
  }

  // Selection and focus, without drawing anything anew.
  mark() {
    const active = this.activeAt(), focusable = active >= 0 ? active : Math.min(...this.live.keys())
    for (const [at, { element }] of this.live) {
      element.setAttribute('aria-selected', at === active)
      element.tabIndex = at === focusable ? 0 : -1
    }
    if (this.hadFocus) {
      this.hadFocus = false
      this.live.get(focusable)?.element.focus({ preventScroll: true })
    }
  }

  // What Python says: the selected row and those that were found. An echo of an older choice is not followed.
  point({ selected, found }) {
    this.found = new Set(found)
    for (const { element, row } of this.live.values()) element.classList.toggle('found', this.found.has(this.rows.id[row]))
    if (this.waitsFor && selected !== this.waitsFor && performance.now() < this.waitsUntil) return
    this.waitsFor = null
    if (selected && selected !== this.active && this.index?.has(selected)) this.show(selected)
    else this.mark()
  }

  show(id) {
    this.active = id
    let opened = false
    for (let row = this.parent[this.index.get(id)]; row >= 0; row = this.parent[row]) opened = this.closed.delete(this.rows.id[row]) || opened
    if (opened) this.list()
    this.reveal(true)
    this.window()
  }

  reveal(centred) {
    const top = this.activeAt() * this.rowPx, height = this.body.clientHeight
    if (top >= this.body.scrollTop && top + this.rowPx <= this.body.scrollTop + height) return
    if (centred) this.body.scrollTop = top - height / 2
    else this.body.scrollTop = top < this.body.scrollTop ? top : top + this.rowPx - height
  }

  move(at, focus) {
    if (at < 0 || at >= this.visible.length) return
    this.active = this.rows.id[this.visible[at]]
    this.reveal(false)
    this.window()
    if (focus) this.live.get(at)?.element.focus({ preventScroll: true })
  }

  choose(pause) {
    clearTimeout(this.keyTimer)
    const id = this.active, row = this.index.get(id)
    if (row === undefined || this.rows.count[row]) return
    this.waitsFor = id
    this.waitsUntil = performance.now() + ECHO_MS
    this.keyTimer = setTimeout(() => this.send('chosen', id), pause)
  }

  toggle(row, open) {
    const id = this.rows.id[row]
    if (!this.hasChildren(row)) return
    if (open ?? this.closed.has(id)) this.closed.delete(id)
    else this.closed.add(id)
    this.list()
  }

  toggleAll(open) {
    this.closed.clear()
    if (!open) for (let row = 0; row < this.count; row++) if (this.hasChildren(row) && this.rows.depth[row]) this.closed.add(this.rows.id[row])
    let row = this.index.get(this.active)
    while (row !== undefined && this.parent[row] >= 0 && !open) {
      row = this.parent[row]
      if (this.closed.has(this.rows.id[row])) this.active = this.rows.id[row]
    }
    this.list()
    if (this.activeAt() >= 0) this.reveal(true)
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const at = this.activeAt(), row = this.visible[at], page = Math.max(1, Math.floor(this.body.clientHeight / this.rowPx) - 1)
    const isOpen = row !== undefined && this.hasChildren(row) && !this.closed.has(this.rows.id[row])
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.visible.length - 1,
      PageDown: Math.min(at + page, this.visible.length - 1), PageUp: Math.max(at - page, 0) }
    if (event.key in targets) this.move(targets[event.key], true)
    else if (event.key === 'ArrowRight' && row !== undefined) isOpen ? this.move(at + 1, true) : this.toggle(row, true)
    else if (event.key === 'ArrowLeft' && row !== undefined) isOpen ? this.toggle(row, false) : this.move(this.place.get(this.parent[row]) ?? -1, true)
    else if (event.key === ' ' && row !== undefined) this.toggle(row)
    else if (event.key === 'Enter' && row !== undefined && this.rows.count[row]) this.toggle(row)
    else if (event.key === '+' || event.key === '-') this.zoomBy(event.key === '+' ? 0.5 : 2, this.lanePx / 2)
    else if (event.key === '0') this.zoom(0, this.total)
    else if (event.key !== 'Enter') return
    event.preventDefault()
    event.stopPropagation()
    if (this.active) this.choose(event.key === 'Enter' ? 0 : KEY_PAUSE_MS)
  }

  click(event) {
    const element = event.target.closest('.row')
    if (!element || this.dragged) return
    const at = Number(element.dataset.at), row = this.visible[at]
    this.hideTip()
    this.move(at, true)
    if (event.target.closest('.toggle') || this.rows.count[row]) this.toggle(row)
    if (!event.target.closest('.toggle')) this.choose(0)
  }

  doubleClick(event) {
    const element = event.target.closest('.row')
    if (!element || event.target.closest('.toggle')) return
    const row = this.visible[Number(element.dataset.at)], margin = Math.max(this.rows.length[row] * 0.04, 1)
    this.zoom(this.rows.start[row] - margin, this.rows.start[row] + this.rows.length[row] + margin)
  }

  wheel(event) {
    const panning = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    if (event.ctrlKey || event.metaKey) this.zoomBy(Math.exp(Math.sign(event.deltaY) * 0.25), event.clientX - this.axis.getBoundingClientRect().left)
    else if (panning && this.to - this.from < this.total) this.pan(panning)
    else return
    event.preventDefault()
  }

  zoomBy(factor, x) {
    const pivot = this.from + (Math.min(Math.max(x, 0), this.lanePx) / this.lanePx) * (this.to - this.from)
    this.zoom(pivot - (pivot - this.from) * factor, pivot + (this.to - pivot) * factor)
  }

  pan(px) {
    const us = (px / this.lanePx) * (this.to - this.from), shift = Math.min(Math.max(us, -this.from), this.total - this.to)
    this.zoom(this.from + shift, this.to + shift)
  }

  zoom(from, to) {
    const shortest = Math.min(20, this.total)
    this.from = Math.max(0, Math.min(from, this.total - shortest))
    this.to = Math.min(this.total, Math.max(to, this.from + shortest))
    this.whole.disabled = this.from <= 0 && this.to >= this.total
    this.drawAxis()
    for (const made of this.live.values()) this.put(made)
  }

  grab(event) {
    this.dragged = false
    if (event.button || !event.target.closest('.lane, .axis') || this.to - this.from >= this.total) return
    let last = event.clientX
    const moved = (now) => {
      if (!this.dragged && Math.abs(now.clientX - event.clientX) < 4) return
      this.dragged = true
      this.pan(last - now.clientX)
      last = now.clientX
    }
    const over = () => window.removeEventListener('pointermove', moved)
    window.addEventListener('pointermove', moved)
    window.addEventListener('pointerup', over, { once: true })
  }

  drawFoot() {
    this.foot.textContent = ''
    const legend = add(this.foot, 'div', 'legend'), present = new Set(this.rows.kind || [])
    this.content.kinds.forEach((kind, number) => {
      if (!present.has(number)) return
      const item = add(legend, 'span')
      item.append(icon(this.content.icons[number], `var(--kind-${kind})`))
      add(item, 'span', '', kind)
    })
    const sign = (cls, text) => add(add(legend, 'span'), 'i', cls).parentElement.append(text)
    if (this.rows.flags?.some((flags) => flags & FAILED)) sign('bar sample failed', '✕ failed')
    sign('path sample', 'critical path')
    if (this.rows.first?.some((first) => first != null)) sign('tick sample', 'first token')
    if (this.content.gaps.length) sign('gap sample', 'idle')
    const buttons = add(this.foot, 'div', 'buttons')
    const button = (text, label, act) => {
      const made = add(buttons, 'button', '', text)
      made.type = 'button'
      made.title = label
      made.setAttribute('aria-label', label)
      made.onclick = act
      return made
    }
    button('Close all', 'Close all rows', () => this.toggleAll(false))
    button('Open all', 'Open all rows', () => this.toggleAll(true))
    button('−', 'Zoom out', () => this.zoomBy(2, this.lanePx / 2))
    button('+', 'Zoom in', () => this.zoomBy(0.5, this.lanePx / 2))
    if (this.pages.length) button('Zoom to work', 'Show the next stretch in which calls ran, without the idle time', () => this.toWork())
    this.whole = button('Whole run', 'Show the whole run', () => this.zoom(0, this.total))
    this.whole.disabled = this.from <= 0 && this.to >= this.total
  }

  toWork() {
    const next = this.pages.find(([start]) => start > this.from + (this.to - this.from) * 0.1) || this.pages[0]
    const [start, end] = this.from <= 0 && this.to >= this.total ? this.pages[0] : next, margin = (end - start) * 0.03
    this.zoom(start - margin, end + margin)
  }

  // What is known of a row, a fact a line; its name first.
  facts(row) {
    const { rows, content } = this, flags = rows.flags[row], known = [content.names[rows.name[row]], content.kinds[rows.kind[row]]]
    const note = content.notes[rows.note[row]]
    if (flags & FAILED) known.push(rows.count[row] ? `${rows.failed[row]} of ${rows.count[row]} failed` : `failed: ${note}`)
    else if (note) known.push(`returned an error: ${note}`)
    known.push(`${flags & UNFINISHED ? 'running for ' : ''}${duration(rows.length[row])}, starts at ${duration(rows.start[row])}`)
    known.push(rows.count[row] ? `${duration(rows.self[row])} in all calls` : `${duration(rows.self[row])} of its own`)
    if (rows.first[row] != null) known.push(`first token after ${duration(rows.first[row])}`)
    if (rows.waited[row]) known.push(`on the critical path, ${Math.round((100 * rows.own[row]) / this.total)} % of the run by itself`)
    if (rows.tokens[row] != null) known.push(`${rows.tokens[row].toLocaleString('en-US')} tokens${flags & IS_SUM ? ' below' : ''}`)
    if (rows.cost[row]) known.push(`cost ${rows.cost[row]}`)
    if (rows.folded[row]) known.push(`${rows.folded[row]} spans folded`)
    return known
  }

  hover(event) {
    const element = event.target.closest('.row')
    if (element === this.hovered) return
    this.hideTip()
    this.hovered = element
    if (!element || event.buttons) return
    this.tipTimer = setTimeout(() => this.showTip(element, event.clientX), TIP_MS)
  }

  showTip(element, x) {
    const outer = this.root.getBoundingClientRect(), box = element.getBoundingClientRect()
    this.tip.textContent = ''
    const [name, ...facts] = this.facts(this.visible[Number(element.dataset.at)])
    add(this.tip, 'b', '', name)
    for (const fact of facts) add(this.tip, 'div', '', fact)
    this.tip.classList.add('on')
    this.tip.style.left = `${Math.max(4, Math.min(x - outer.left + 12, outer.width - this.tip.offsetWidth - 4))}px`
    const below = box.bottom - outer.top + 4
    this.tip.style.top = `${below + this.tip.offsetHeight > outer.height ? box.top - outer.top - this.tip.offsetHeight - 4 : below}px`
  }

  hideTip() {
    clearTimeout(this.tipTimer)
    this.hovered = null
    this.tip.classList.remove('on')
  }
}
