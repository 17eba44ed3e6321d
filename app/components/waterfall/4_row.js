// One row: its cells, its bars, and what is known of it.

const INDENT_PX = 13
const MOST_INDENT_PX = 110
const LETTER_PX = 6.1
const BEYOND_PX = 4

// Of the first bar, or of the second where a row has that alone.
function boundsOf(rows, row) {
  const [starts, lengths] = rows.start[row] == null ? [rows.start2, rows.length2] : [rows.start, rows.length]
  return { start: starts[row], length: lengths[row] }
}

// What is known of a row, a fact a line; its name first.
function factsOf(content, total, row) {
  const { rows } = content
  const flags = rows.flags[row]
  const note = content.notes[rows.note[row]]
  const { start, length } = boundsOf(rows, row)
  const known = [content.names[rows.name[row]], content.kinds[rows.kind[row]]]
  if (flags & FAILED) known.push(rows.count[row] ? `${rows.failed[row]} of ${rows.count[row]} failed` : `failed: ${note}`)
  else if (note) known.push(`returned an error: ${note}`)
  known.push(`${flags & UNFINISHED ? 'running for ' : ''}${duration(length)}, starts at ${duration(start)}`)
  known.push(`${duration(rows.self[row])} ${rows.count[row] ? 'in all calls' : 'of its own'}`)
  if (rows.first[row] != null) known.push(`first token after ${duration(rows.first[row])}`)
  if (rows.waited[row]) known.push(`on the critical path for ${Math.round((100 * rows.onPath[row]) / total)} % of the run`)
  if (rows.tokens[row] != null) known.push(`${count(rows.tokens[row])} tokens${flags & IS_SUM ? ' below' : ''}`)
  if (rows.cost[row]) known.push(`cost ${rows.cost[row]}`)
  if (rows.folded[row]) known.push(`${rows.folded[row]} spans folded`)
  return known
}

class RowView {
  constructor(content, outline, axis, at, top) {
    Object.assign(this, { content, outline, axis, rows: content.rows, row: outline.visible[at] })
    const { rows, row } = this
    this.flags = rows.flags[row]
    this.kind = content.kinds[rows.kind[row]]
    this.element = document.createElement('div')
    this.element.className = 'row' + (this.flags & FAILED ? ' failed' : '') + (this.flags & IS_SUM ? ' sum' : '')
    this.element.style.top = `${top}px`
    this.element.dataset.at = at
    this.describe(at)
    this.cell('step', rows.step[row] || '')
    this.drawName(this.cell('name'))
    this.drawLane(this.cell('lane'))
    this.cell('tokens', rows.tokens[row] == null ? '' : count(rows.tokens[row]))
    this.cell('cost', rows.cost[row])
  }

  describe(at) {
    const told = { role: 'row', tabindex: -1, 'aria-level': this.rows.depth[this.row] + 1, 'aria-rowindex': at + 2 }
    told['aria-description'] = factsOf(this.content, this.axis.total, this.row).slice(1).join(', ')
    if (this.outline.hasChildren(this.row)) told['aria-expanded'] = this.outline.isOpen(this.row)
    for (const [name, value] of Object.entries(told)) this.element.setAttribute(name, value)
    if (this.rows.change?.[this.row]) this.element.dataset.change = this.rows.change[this.row]
  }

  cell(cls, text) {
    const made = add(this.element, 'div', cls, text)
    made.setAttribute('role', 'gridcell')
    return made
  }

  drawName(cell) {
    const { rows, row, content, flags } = this
    cell.style.paddingLeft = `${rows.depth[row] * Math.min(INDENT_PX, MOST_INDENT_PX / this.outline.deepest)}px`
    const toggle = add(cell, 'span', 'toggle', this.outline.hasChildren(row) ? '▶' : '')
    toggle.setAttribute('aria-hidden', 'true')
    toggle.classList.toggle('open', this.outline.isOpen(row))
    cell.append(icon(content.icons[rows.kind[row]], flags & FAILED ? 'var(--failed)' : `var(--kind-${this.kind})`))
    add(cell, 'span', 'unseen', `${this.kind} `)
    add(cell, 'span', 'text', content.names[rows.name[row]])
    if (rows.count[row]) add(cell, 'span', 'times', `×${rows.count[row]}` + (rows.failed[row] ? `, ${rows.failed[row]} ✕` : ''))
    if (rows.folded[row]) add(cell, 'span', 'times', `+${rows.folded[row]}`)
    const note = content.notes[rows.note[row]]
    if (note) add(cell, 'span', flags & FAILED ? 'note' : 'note warn', `${flags & FAILED ? '✕' : '!'} ${note}`)
    if (flags & ORPHAN) add(cell, 'span', 'times', 'parent missing')
  }

  drawLane(lane) {
    const { rows, row, flags } = this
    this.bars = []
    for (const [starts, lengths, cls] of [[rows.start, rows.length, 'bar'], [rows.start2, rows.length2, 'bar second']]) {
      if (!starts || starts[row] == null) continue
      const bar = add(lane, 'i', flags & UNFINISHED ? `${cls} unfinished` : cls)
      bar.style.setProperty('--kind', `var(--kind-${this.kind})`)
      this.bars.push([bar, starts[row], lengths[row]])
    }
    this.line = rows.waited[row] ? add(lane, 'i', 'path') : null
    this.tick = rows.first[row] == null ? null : add(lane, 'i', 'tick')
    const before = (flags & FAILED ? '✕ ' : '') + (flags & UNFINISHED ? 'running, ' : '')
    this.label = add(lane, 'span', 'length', before + duration(boundsOf(rows, row).length))
  }

  // Puts the bars where they lie on the axis now.
  put() {
    const { axis, rows, row } = this
    let left = Infinity
    let right = -Infinity
    for (const [bar, start, length] of this.bars) {
      const from = axis.x(start)
      const to = Math.max(axis.x(start + length), from + 2)
      this.stretch(bar, from, to)
      left = Math.min(left, from)
      right = Math.max(right, to)
    }
    if (this.line) this.stretch(this.line, axis.x(rows.path[row]), axis.x(rows.path[row] + rows.waited[row]), 2)
    if (this.tick) this.tick.style.left = `${axis.x(rows.start[row] + rows.first[row])}px`
    this.putLabel(left, right)
  }

  stretch(element, from, to, least = 0) {
    const left = Math.max(from, -BEYOND_PX)
    element.style.left = `${left}px`
    element.style.width = `${Math.max(least, Math.min(to, this.axis.px + BEYOND_PX) - left)}px`
  }

  // The duration stands right of its bar, or where there is room.
  putLabel(left, right) {
    const { label, axis } = this
    const room = label.textContent.length * LETTER_PX + 10
    const inside = right > axis.px - room && Math.min(right, axis.px) - Math.max(left, 0) > room + 26
    const isRight = !inside && right + room < axis.px
    const end = Math.max(room, Math.min(inside ? right : left, axis.px))
    label.className = inside ? 'length inside' : 'length'
    label.style.left = isRight ? `${Math.max(right, 0)}px` : 'auto'
    label.style.right = isRight ? 'auto' : `${axis.px - end}px`
    label.style.color = inside ? `var(--on-${this.kind})` : ''
  }
}
