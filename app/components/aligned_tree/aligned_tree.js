// The aligned spans of two runs: a row a pair, two bars a row. Only the rows in view are in the page.
// What spans say is set as textContent, nothing else.

const ROW_PX = 26;
const MARGIN_ROWS = 12;
const instances = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let tree = instances.get(parentElement);
  if (!tree) {
    tree = new AlignedTree(parentElement.querySelector(".tree"));
    instances.set(parentElement, tree);
  }
  tree.choose = (id) => setTriggerValue("chosen", id);
  tree.show(data);
  return () => {
    tree.close();
    instances.delete(parentElement);
  };
}

class AlignedTree {
  constructor(root) {
    this.root = root;
    this.head = add(root, "head");
    this.body = add(root, "rows");
    this.space = add(this.body, "space");
    this.pair = null;
    this.frame = 0;
    this.body.onscroll = () => this.later();
    root.onkeydown = (event) => this.key(event);
    this.body.onclick = (event) => this.click(event);
    this.sized = new ResizeObserver(() => this.later());
    this.sized.observe(this.body);
  }

  close() {
    this.sized.disconnect();
    cancelAnimationFrame(this.frame);
  }

  show(data) {
    const isOther = this.pair !== data.pair;
    const isMoved = isOther || data.selected !== this.data.selected;
    this.data = data;
    this.rows = data.rows;
    if (isOther) {
      this.pair = data.pair;
      this.folded = new Set(data.rows.folded);
      this.body.scrollTop = 0;
    }
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty("--" + name, colour);
    this.at = this.rows.id.indexOf(data.selected);
    if (isMoved) this.reveal(this.at);
    this.drawHead();
    this.lay();
    if (isMoved && !isOther) this.bring(this.at);
  }

  // Which rows stand in the list: nodes by number, and the divider before the first difference.
  lay() {
    const { size } = this.rows;
    this.list = [];
    for (let i = 0; i < size.length; i += this.folded.has(i) ? size[i] : 1) {
      if (i === this.data.first) this.list.push(-1);
      this.list.push(i);
    }
    this.space.style.height = this.list.length * ROW_PX + "px";
    this.body.style.maxHeight = Math.min(this.list.length, this.data.most_rows) * ROW_PX + "px";
    this.draw();
  }

  later() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const height = this.body.clientHeight || this.data.most_rows * ROW_PX;
    const from = Math.max(0, Math.floor(this.body.scrollTop / ROW_PX) - MARGIN_ROWS);
    const to = Math.min(this.list.length, Math.ceil((this.body.scrollTop + height) / ROW_PX) + MARGIN_ROWS);
    const rows = [];
    for (let place = from; place < to; place++) {
      const row = this.list[place] < 0 ? this.divider() : this.row(this.list[place]);
      row.style.transform = `translateY(${place * ROW_PX}px)`;
      rows.push(row);
    }
    this.space.replaceChildren(...rows);
    const chosen = this.at >= 0 ? "row-" + this.at : "";
    this.root.setAttribute("aria-activedescendant", chosen);
  }

  drawHead() {
    const head = this.head;
    head.replaceChildren();
    for (const [cls, text] of [["step", "#"], ["mark", ""], ["name", "Span"]]) add(head, cls, text);
    const lane = add(head, "lane");
    for (const [share, text] of this.data.ticks) {
      const tick = add(lane, "tick", text);
      tick.style.left = share * 100 + "%";
    }
    for (const [cls, text] of [["time", "Δ time"], ["tokens", "Δ tokens"], ["cost", "Δ cost"]]) add(head, cls, text);
  }

  divider() {
    const row = make("row divider");
    add(row, "", this.data.divider);
    row.setAttribute("role", "presentation");
    return row;
  }

  row(i) {
    const { rows, data } = this;
    const mark = rows.mark[i];
    const states = { "+": " added", "-": " removed" };
    const quiet = rows.quiet[i] ? " quiet" : "";
    const row = make("row" + (states[mark] ?? "") + quiet + (i === this.at ? " chosen" : "") + (i === data.first ? " first" : ""));
    row.id = "row-" + i;
    row.dataset.row = i;
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", rows.depth[i] + 1);
    row.setAttribute("aria-selected", i === this.at);
    row.setAttribute("aria-label", this.spoken(i));
    if (rows.size[i] > 1) row.setAttribute("aria-expanded", !this.folded.has(i));
    add(row, "step", rows.step[i]);
    add(row, "mark", mark === "-" ? "−" : mark);
    row.append(this.name(i), this.lane(i));
    this.figure(row, "time", rows.time[i], rows.time_tone[i]);
    this.figure(row, "tokens", rows.tokens[i], 0);
    this.figure(row, "cost", rows.cost[i], rows.cost_tone[i]);
    return row;
  }

  name(i) {
    const { rows } = this;
    const cell = make("name");
    cell.style.paddingLeft = Math.min(rows.depth[i], 12) * 13 + "px";
    const holds = rows.size[i] > 1;
    const toggle = add(cell, "toggle" + (holds && !this.folded.has(i) ? " open" : ""), holds ? "▸" : "");
    if (holds) toggle.dataset.toggle = i;
    cell.append(icon(this.data.icons[rows.kind[i]], this.colour(i)));
    add(cell, "text", rows.name[i]).title = rows.name[i];
    if (rows.failed[i]) add(cell, "failed", "✕ " + rows.failed[i]);
    else if (holds && this.folded.has(i)) {
      add(cell, "count", rows.size[i] - 1 + (rows.quiet[i] ? " unchanged" : " inside"));
    }
    return cell;
  }

  colour(i) {
    return this.rows.quiet[i] ? "var(--muted)" : `var(--kind-${this.rows.kind[i]})`;
  }

  lane(i) {
    const { rows, data } = this;
    const lane = make("lane");
    for (const [share] of data.ticks) add(lane, "grid").style.left = share * 100 + "%";
    let [left, right] = [1, 0];
    for (const [side, bars, failed] of [["a", rows.a, rows.a_failed], ["b", rows.b, rows.b_failed]]) {
      const bar = bars[i];
      if (!bar) continue;
      const drawn = add(lane, "bar " + side + (failed[i] ? " bad" : ""));
      drawn.style.left = bar[0] * 100 + "%";
      drawn.style.width = bar[1] * 100 + "%";
      left = Math.min(left, bar[0]);
      right = Math.max(right, bar[0] + bar[1]);
    }
    if (rows.note[i]) {
      const note = add(lane, "note", rows.note[i]);
      const isLeft = left > 1 - right;
      note.style[isLeft ? "right" : "left"] = (isLeft ? 1 - left : right) * 100 + "%";
      note.style.maxWidth = (isLeft ? left : 1 - right) * 100 + "%";
    }
    return lane;
  }

  figure(row, cls, text, tone) {
    add(row, cls + (tone > 0 ? " worse" : tone < 0 ? " better" : ""), text);
  }

  spoken(i) {
    const { rows } = this;
    const states = { "+": "added", "-": "removed" };
    const parts = [
      rows.step[i] && "step " + rows.step[i],
      rows.name[i],
      states[rows.mark[i]] ?? (rows.quiet[i] ? "unchanged" : ""),
      rows.failed[i] && "failed: " + rows.failed[i],
      rows.note[i],
      rows.time[i] && "time " + rows.time[i],
      rows.tokens[i] && "tokens " + rows.tokens[i],
      rows.cost[i] && "cost " + rows.cost[i],
    ];
    return parts.filter(Boolean).join(", ");
  }

  click(event) {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    if (event.target.dataset.toggle) this.toggle(Number(row.dataset.row));
    else this.take(Number(row.dataset.row));
    this.root.focus({ preventScroll: true });
  }

  key(event) {
    const place = this.list.indexOf(this.at);
    const actions = {
      ArrowDown: () => this.step(place, 1),
      ArrowUp: () => this.step(place, -1),
      ArrowRight: () => this.folded.has(this.at) && this.toggle(this.at),
      ArrowLeft: () => this.close_or_parent(),
      Enter: () => this.rows.size[this.at] > 1 && this.toggle(this.at),
      n: () => this.next(),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? null : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  step(place, by) {
    let next = place + by;
    if (this.list[next] < 0) next += by;
    if (next >= 0 && next < this.list.length) this.take(this.list[next]);
  }

  close_or_parent() {
    const i = this.at;
    if (i < 0) return;
    if (this.rows.size[i] > 1 && !this.folded.has(i)) this.toggle(i);
    else this.take(this.parent(i));
  }

  next() {
    const { differs } = this.rows;
    if (differs.length) this.take(differs.find((i) => i > this.at) ?? differs[0]);
  }

  parent(i) {
    const { depth } = this.rows;
    for (let above = i - 1; above >= 0; above--) if (depth[above] < depth[i]) return above;
    return i;
  }

  reveal(i) {
    for (let above = i; above > 0; ) {
      above = this.parent(above);
      this.folded.delete(above);
      if (this.rows.depth[above] === 0) return;
    }
  }

  take(i) {
    if (i < 0 || i === this.at) return;
    this.at = i;
    this.reveal(i);
    this.lay();
    this.bring(i);
    this.data.selected = this.rows.id[i];
    this.choose(this.rows.id[i]);
  }

  toggle(i) {
    if (this.folded.has(i)) this.folded.delete(i);
    else this.folded.add(i);
    this.lay();
  }

  bring(i) {
    const top = this.list.indexOf(i) * ROW_PX;
    const { scrollTop, clientHeight } = this.body;
    if (top < scrollTop) this.body.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.body.scrollTop = top + ROW_PX - clientHeight;
  }
}

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
