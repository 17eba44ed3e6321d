// Words, numbers and shapes. Text of spans gets into the page by textContent only.

const SVG = 'http://www.w3.org/2000/svg'

function add(parent, tag, cls, text) {
  const element = document.createElement(tag)
  if (cls) element.className = cls
  if (text !== undefined) element.textContent = text
  parent.append(element)
  return element
}

function icon(path, colour) {
  const svg = document.createElementNS(SVG, 'svg')
  const shape = document.createElementNS(SVG, 'path')
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
function duration(us) {
  const ms = us / 1000
  if (ms < 999.5) return ms >= 10 || ms === 0 ? `${ms.toFixed(0)} ms` : `${Number(ms.toPrecision(2))} ms`
  if (ms < 59950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.round(seconds / 60)
  if (seconds < 3600) return two(seconds, 60, 'min', 's')
  return minutes < 1440 ? two(minutes, 60, 'h', 'min') : two(Math.round(minutes / 60), 24, 'd', 'h')
}

function count(number) {
  return number.toLocaleString('en-US')
}

const UNITS = [[7.2e9, 3.6e9, 'h'], [6e7, 6e7, 'min'], [1e5, 1e6, 's'], [0, 1000, 'ms']]

// Round moments between two times, about `wanted` of them, as [microseconds, label]; the first names the unit.
function ticks(from, to, wanted) {
  const rough = (to - from) / wanted
  const [, unit, name] = UNITS.find(([least]) => rough >= least)
  const ten = 10 ** Math.floor(Math.log10(rough / unit))
  const step = [1, 2, 5, 10].map((n) => n * ten).find((n) => n * unit >= rough * 0.75) * unit
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9))
  const found = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push([at, `${(at / unit).toFixed(digits)}${found.length ? '' : ' ' + name}`])
  }
  return found
}
