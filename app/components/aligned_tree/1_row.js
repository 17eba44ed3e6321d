// One row of the tree: its cells, its bars, and what is read out of it. What spans say is set as textContent, nothing
// else.

const STATES = { "+": "added", "-": "removed" };
const SHARE = 100000;
const LEAST_NOTE_PX = 64;

function make(cls, text) {
  const element = document.createElement("div");
  element.className = cls;
  if (text !== undefined) element.textContent = text;
  return element;
}

function add(parent, cls, text) {
  const element = make(cls, text);
  parent.append(element);
  return element;
}

function icon(path, colour) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "-1 -1 2 2");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  shape.style.fill = colour;
  svg.append(shape);
  return svg;
}

// Texts are sent once, in a table, and columns of them as numbers: see app/frames/aligned_rows.py.
function unpacked(bytes) {
  const content = JSON.parse(new TextDecoder().decode(bytes));
  for (const name of content.texts) content.rows[name] = content.rows[name].map((number) => content.table[number]);
  return content;
}

class Row {
  constructor(content, i, { isChosen, isFolded, lanePx }) {
    Object.assign(this, { content, i, isFolded, lanePx, rows: content.rows });
    const { rows } = this;
    const is = [STATES[rows.mark[i]], rows.quiet[i] && "quiet", isChosen && "chosen", i === content.first && "first"];
    const element = (this.element = make(["row", ...is.filter(Boolean)].join(" ")));
    element.id = "row-" + i;
    element.dataset.row = i;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", rows.depth[i] + 1);
    element.setAttribute("aria-selected", isChosen);
    element.setAttribute("aria-label", this.spoken());
    if (rows.size[i] > 1) element.setAttribute("aria-expanded", !isFolded);
    add(element, "step", rows.step[i]);
    add(element, "mark", rows.mark[i] === "-" ? "−" : rows.mark[i]);
    element.append(this.name(), this.lane());
    this.figure("time", rows.time[i], rows.time_tone[i]);
    this.figure("tokens", rows.tokens[i], 0);
    this.figure("cost", rows.cost[i], rows.cost_tone[i]);
  }

  name() {
    const { rows, i, isFolded } = this;
    const cell = make("name");
    cell.style.paddingLeft = Math.min(rows.depth[i], 12) * 13 + "px";
    const holds = rows.size[i] > 1;
    const toggle = add(cell, "toggle" + (holds && !isFolded ? " open" : ""), holds ? "▸" : "");
    if (holds) toggle.dataset.toggle = i;
    const colour = rows.quiet[i] ? "var(--muted)" : `var(--kind-${rows.kind[i]})`;
    cell.append(icon(this.content.icons[rows.kind[i]], colour));
    add(cell, "text", rows.name[i]).title = rows.name[i];
    if (rows.failed[i]) add(cell, "failed", "✕ " + rows.failed[i]);
    else if (holds && isFolded) add(cell, "count", rows.size[i] - 1 + (rows.quiet[i] ? " unchanged" : " inside"));
    return cell;
  }

  lane() {
    const { rows, i } = this;
    const lane = make("lane");
    for (const [share] of this.content.ticks) add(lane, "grid").style.left = share * 100 + "%";
    let [left, right] = [1, 0];
    for (const [side, starts, lengths, failed] of [
      ["a", rows.a_start, rows.a_length, rows.a_failed],
      ["b", rows.b_start, rows.b_length, rows.b_failed],
    ]) {
      if (starts[i] === null) continue;
      const [start, length] = [starts[i] / SHARE, lengths[i] / SHARE];
      const drawn = add(lane, "bar " + side + (failed[i] ? " bad" : ""));
      drawn.style.left = start * 100 + "%";
      drawn.style.width = length * 100 + "%";
      left = Math.min(left, start);
      right = Math.max(right, start + length);
    }
    this.note(lane, left, right);
    return lane;
  }

  // Beside the bars, on the side with more room; left out where there is room for hardly a word.
  note(lane, left, right) {
    const text = this.rows.note[this.i];
    const room = Math.max(left, 1 - right);
    if (!text || (this.lanePx && room * this.lanePx < LEAST_NOTE_PX)) return;
    const isLeft = left > 1 - right;
    const note = add(lane, "note", text);
    note.title = text;
    note.style[isLeft ? "right" : "left"] = (isLeft ? 1 - left : right) * 100 + "%";
    note.style.maxWidth = room * 100 + "%";
  }

  figure(cls, text, tone) {
    add(this.element, cls + (tone > 0 ? " worse" : tone < 0 ? " better" : ""), text);
  }

  spoken() {
    const { rows, i } = this;
    const parts = [
      rows.step[i] && "step " + rows.step[i],
      rows.name[i],
      STATES[rows.mark[i]] ?? (rows.quiet[i] ? "unchanged" : ""),
      rows.failed[i] && "failed: " + rows.failed[i],
      rows.note[i],
      rows.time[i] && "time " + rows.time[i],
      rows.tokens[i] && "tokens " + rows.tokens[i],
      rows.cost[i] && "cost " + rows.cost[i],
    ];
    return parts.filter(Boolean).join(", ");
  }
}
