// What is round the rows: the head with the axis, the lines behind, the foot, the tooltip.

const GRID_LABEL = 'Spans. Arrow keys move, right and left open and close, plus and minus zoom.'
const AXIS_HELP = 'Ctrl or ⌘ and scroll to zoom, drag or shift and scroll to pan, double click to see the whole run'
const COLUMNS = [['step', '#'], ['name', 'Span'], ['axis', ''], ['tokens', 'Tokens'], ['cost', 'Cost']]
const TICK_PX = 44
const TIP_MS = 350

class Frame {
  constructor(root) {
    root.textContent = ''
    this.root = root
    this.grid = add(root, 'div', 'grid')
    this.grid.setAttribute('role', 'treegrid')
    this.grid.setAttribute('aria-label', GRID_LABEL)
    this.head = add(this.grid, 'div', 'head')
    this.head.setAttribute('role', 'row')
    for (const [cls, text] of COLUMNS) {
      const cell = add(this.head, 'div', cls, text)
      cell.setAttribute('role', 'columnheader')
      if (cls === 'axis') this.axis = cell
    }
    this.axis.setAttribute('aria-label', 'Time')
    this.axis.title = AXIS_HELP
    this.body = add(this.grid, 'div', 'body')
    this.body.setAttribute('role', 'rowgroup')
    this.lines = add(this.body, 'div', 'lines')
    this.lines.setAttribute('aria-hidden', 'true')
    this.space = add(this.body, 'div', 'space')
    this.space.setAttribute('role', 'presentation')
    this.foot = add(root, 'div', 'foot')
    this.tip = add(root, 'div', 'tip')
    this.tip.setAttribute('aria-hidden', 'true')
  }

  // The moments above and behind the rows, and the stretches in which nothing ran.
  drawAxis(axis, gaps) {
    this.head.style.paddingRight = `${this.body.offsetWidth - this.body.clientWidth}px`
    axis.px = this.axis.clientWidth
    this.axis.textContent = ''
    this.lines.textContent = ''
    const lane = add(this.lines, 'div', 'lane-lines')
    lane.style.left = `${this.axis.offsetLeft - this.head.offsetLeft}px`
    lane.style.width = `${axis.px}px`
    for (const [from, to] of gaps) {
      const gap = add(lane, 'div', 'gap')
      gap.style.left = `${axis.x(from)}px`
      gap.style.width = `${axis.x(to) - axis.x(from)}px`
    }
    for (const [at, text] of ticks(axis.from, axis.to, Math.max(2, axis.px / TICK_PX))) {
      const x = axis.x(at)
      add(lane, 'div', 'line').style.left = `${x}px`
      if (x < axis.px - 14) add(this.axis, 'span', x < 8 ? 'first' : '', text).style.left = `${x}px`
    }
  }

  // The legend, and a button for each of [text, what it does in words, what it does].
  drawFoot(content, actions) {
    this.foot.textContent = ''
    const { rows, kinds, icons, gaps } = content
    const legend = add(this.foot, 'div', 'legend')
    const present = new Set(rows.kind)
    kinds.forEach((kind, number) => {
      if (!present.has(number)) return
      const item = add(legend, 'span')
      item.append(icon(icons[number], `var(--kind-${kind})`))
      add(item, 'span', '', kind)
    })
    const sign = (cls, text) => add(add(legend, 'span'), 'i', `${cls} sample`).parentElement.append(text)
    if (rows.flags?.some((flags) => flags & FAILED)) sign('bar failed', '✕ failed')
    sign('path', 'critical path')
    if (rows.first?.some((first) => first != null)) sign('tick', 'first token')
    if (gaps.length) sign('gap', 'idle')
    const buttons = add(this.foot, 'div', 'buttons')
    return actions.map(([text, label, act]) => {
      const button = add(buttons, 'button', '', text)
      button.type = 'button'
      button.title = label
      button.setAttribute('aria-label', label)
      button.onclick = act
      return button
    })
  }

  showTip(element, x, [name, ...facts]) {
    const outer = this.root.getBoundingClientRect()
    const box = element.getBoundingClientRect()
    this.tip.textContent = ''
    add(this.tip, 'b', '', name)
    for (const fact of facts) add(this.tip, 'div', '', fact)
    this.tip.classList.add('on')
    const below = box.bottom - outer.top + 4
    const above = box.top - outer.top - this.tip.offsetHeight - 4
    this.tip.style.left = `${Math.max(4, Math.min(x - outer.left + 12, outer.width - this.tip.offsetWidth - 4))}px`
    this.tip.style.top = `${below + this.tip.offsetHeight > outer.height ? above : below}px`
  }

  // Tells more of the row under a resting pointer; `facts` says what, by where the row stands.
  hover(event, facts) {
    const element = event.target.closest('.row')
    if (element === this.hovered) return
    this.hideTip()
    this.hovered = element
    if (!element || event.buttons) return
    this.tipTimer = setTimeout(() => this.showTip(element, event.clientX, facts(Number(element.dataset.at))), TIP_MS)
  }

  hideTip() {
    clearTimeout(this.tipTimer)
    this.hovered = null
    this.tip.classList.remove('on')
  }
}
