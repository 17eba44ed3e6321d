// The aligned spans of two runs: a row a pair, two bars a row. Only the rows in view are in the page.
// Python sends the rows once and, apart from them, what is selected: so a click resends no rows.

const ROW_PX = 26;
const MOST_ROWS = 36;
const MARGIN_ROWS = 12;
const KEY_PAUSE_MS = 140;
const ECHO_MS = 3000;
const REV_BYTES = 40;
const instances = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  if (!instances.has(parentElement)) instances.set(parentElement, new AlignedTree(parentElement));
  const tree = instances.get(parentElement);
  tree.send = (id) => setTriggerValue("chosen", id);
  tree.take(data);
  return () => {
    tree.close();
    instances.delete(parentElement);
  };
}

class AlignedTree {
  constructor(parentElement) {
    this.host = parentElement.host || parentElement;
    const root = (this.root = parentElement.querySelector(".tree"));
    this.head = add(root, "head");
    this.body = add(root, "rows");
    this.space = add(this.body, "space");
    this.at = -1;
    this.frame = 0;
    this.body.onscroll = () => this.later();
    root.onkeydown = (event) => this.key(event);
    this.body.onclick = (event) => this.click(event);
    this.sized = new ResizeObserver(() => this.later());
    this.sized.observe(this.body);
  }

  close() {
    this.sized.disconnect();
    clearTimeout(this.keyTimer);
    cancelAnimationFrame(this.frame);
    if (this.box) this.box.treeListener = null;
  }

  // Rows and selection stand in one box: whichever comes first waits for the other.
  take(bytes) {
    this.box = this.host.closest(".st-key-aligned_tree");
    if (this.box) this.box.treeListener = (id) => this.point(id);
    const rev = String.fromCharCode(...bytes.subarray(0, REV_BYTES));
    if (rev === this.rev) return;
    this.rev = rev;
    this.show(unpacked(bytes));
    this.point(this.box?.treePointer);
  }

  show(content) {
    const chosen = this.rows?.id[this.at];
    const isOther = this.content?.pair !== content.pair;
    this.content = content;
    this.rows = content.rows;
    this.at = this.rows.id.indexOf(chosen);
    if (isOther) {
      this.folded = new Set(content.folded);
      this.body.scrollTop = 0;
    }
    this.drawHead();
    this.lay();
  }

  // What Python says is selected. The echo of an older choice is not followed.
  point(id) {
    const isOld = this.waitsFor && id !== this.waitsFor && performance.now() < this.waitsUntil;
    if (!isOld) this.waitsFor = null;
    const at = this.rows ? this.rows.id.indexOf(id) : -1;
    if (isOld || at < 0 || at === this.at) return;
    this.move(at);
  }

  // Which rows stand in the list: nodes by number, and the divider before the first difference.
  lay() {
    const { size } = this.rows;
    this.list = [];
    for (let i = 0; i < size.length; i += this.folded.has(i) ? size[i] : 1) {
      if (i === this.content.first) this.list.push(-1);
      this.list.push(i);
    }
    this.space.style.height = this.list.length * ROW_PX + "px";
    this.body.style.maxHeight = Math.min(this.list.length, MOST_ROWS) * ROW_PX + "px";
    this.draw();
  }

  later() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.rows) return;
    const height = this.body.clientHeight || MOST_ROWS * ROW_PX;
    const from = Math.max(0, Math.floor(this.body.scrollTop / ROW_PX) - MARGIN_ROWS);
    const to = Math.min(this.list.length, Math.ceil((this.body.scrollTop + height) / ROW_PX) + MARGIN_ROWS);
    const lanePx = this.axis.clientWidth;
    const rows = [];
    for (let place = from; place < to; place++) {
      const i = this.list[place];
      const state = { isChosen: i === this.at, isFolded: this.folded.has(i), lanePx };
      const element = i < 0 ? this.divider() : new Row(this.content, i, state).element;
      element.style.transform = `translateY(${place * ROW_PX}px)`;
      rows.push(element);
    }
    this.space.replaceChildren(...rows);
    this.root.setAttribute("aria-activedescendant", this.at >= 0 ? "row-" + this.at : "");
  }

  drawHead() {
    const head = this.head;
    head.replaceChildren();
    for (const [cls, text] of [["step", "#"], ["mark", ""], ["name", "Span"]]) add(head, cls, text);
    this.axis = add(head, "lane");
    for (const [share, text] of this.content.ticks) add(this.axis, "tick", text).style.left = share * 100 + "%";
    for (const [cls, text] of [["time", "Δ time"], ["tokens", "Δ tokens"], ["cost", "Δ cost"]]) add(head, cls, text);
  }

  divider() {
    const row = make("row divider");
    add(row, "", this.content.divider);
    row.setAttribute("role", "presentation");
    return row;
  }

  click(event) {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    if (event.target.dataset.toggle) this.toggle(Number(row.dataset.row));
    else this.choose(Number(row.dataset.row), 0);
    this.root.focus({ preventScroll: true });
  }

  key(event) {
    const place = this.list.indexOf(this.at);
    const actions = {
      ArrowDown: () => this.step(place, 1),
      ArrowUp: () => this.step(place, -1),
      ArrowRight: () => this.folded.has(this.at) && this.toggle(this.at),
      ArrowLeft: () => this.closeOrParent(),
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
    if (next >= 0 && next < this.list.length) this.choose(this.list[next], KEY_PAUSE_MS);
  }

  closeOrParent() {
    const i = this.at;
    if (i < 0) return;
    if (this.rows.size[i] > 1 && !this.folded.has(i)) this.toggle(i);
    else this.choose(this.parent(i), KEY_PAUSE_MS);
  }

  next() {
    const { differs } = this.content;
    if (differs.length) this.choose(differs.find((i) => i > this.at) ?? differs[0], KEY_PAUSE_MS);
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

  move(i) {
    this.at = i;
    this.reveal(i);
    this.lay();
    this.bring(i);
  }

  // Tells Python, after a pause in which another key may follow.
  choose(i, pauseMs) {
    if (i < 0 || i === this.at) return;
    this.move(i);
    clearTimeout(this.keyTimer);
    const id = this.rows.id[i];
    this.waitsFor = id;
    this.waitsUntil = performance.now() + ECHO_MS;
    this.keyTimer = setTimeout(() => this.send(id), pauseMs);
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
