// The rows of a list: links that open what they show, a box to tick two, heads that sort. Text only, never HTML.

const lists = new WeakMap();
const MOST_TICKED = 2;
const ROW_PX = 32;
const HERE = "here"; // the sort of a column where all rows are here, and are sorted here

export default function (component) {
  const { parentElement, data } = component;
  if (!lists.has(parentElement)) lists.set(parentElement, build(parentElement));
  const list = lists.get(parentElement);
  list.component = component;
  draw(list, data);
  return () => {
    list.watch.disconnect();
    list.root.remove();
    lists.delete(parentElement);
  };
}

function build(parentElement) {
  const root = element("div", "list", { role: "table" });
  const head = root.appendChild(element("div", "head", { role: "row" }));
  const body = root.appendChild(element("div", "body", { role: "rowgroup" }));
  parentElement.appendChild(root);
  const list = { root, head, body, rows: new Map(), ticked: [], component: null, columns: "", here: null };
  body.onclick = (event) => clicked(list, event);
  body.onchange = (event) => tick(list, event.target);
  body.onkeydown = (event) => pressed(list, event);
  list.watch = new ResizeObserver(() => fit(list));
  list.watch.observe(root);
  return list;
}

function draw(list, data) {
  const { root, body } = list;
  root.setAttribute("aria-label", data.label);
  root.setAttribute("aria-rowcount", String(data.rows.length + 1));
  root.classList.toggle("ticks", data.ticks);
  root.classList.toggle("tall", data.height === "stretch");
  list.cardsPx = data.cards;
  fit(list);
  root.classList.toggle("scrolls", data.height < data.rows.length * ROW_PX);
  root.style.setProperty("--rest", `${data.rest}px`);
  root.style.height = data.height === "stretch" ? "" : `${data.height}px`;
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty(`--${name}`, colour);
  const tracks = data.columns.map((c) => (c.grows ? `minmax(0,${c.width}fr)` : `${c.width}px`));
  root.style.setProperty("--tracks", (data.ticks ? ["34px"] : []).concat(tracks).join(" "));
  const columns = JSON.stringify([data.columns.map((c) => c.id), data.ticks]);
  if (columns !== list.columns) forget(list, columns);
  list.ticked = list.ticked.filter((id) => data.rows.some((row) => row.id === id));
  drawHead(list, data);
  const wanted = new Set(data.rows.map((row) => row.id));
  for (const [id, row] of list.rows) {
    if (!wanted.has(id)) {
      row.remove();
      list.rows.delete(id);
    }
  }
  inOrder(list, data).forEach((given, index) => {
    const row = list.rows.get(given.id) ?? newRow(list, given.id, data);
    fill(row, given, data, list.ticked.includes(given.id));
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
  if (!body.querySelector('a[tabindex="0"]')) linkOf(body.firstElementChild)?.setAttribute("tabindex", "0");
}

// Rows are cards where the list is narrow.
function fit({ root, cardsPx }) {
  if (root.clientWidth) root.classList.toggle("cards", root.clientWidth < cardsPx);
}

// As given, or as a click on a head wants them; what is unknown comes last.
function inOrder({ here }, { rows, columns }) {
  const at = columns.findIndex((column) => here && column.id === here.id);
  if (at < 0) return rows;
  const orderOf = (row) => row.cells[at].order ?? null;
  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  const known = rows.filter((row) => orderOf(row) !== null);
  known.sort((a, b) => (here.falls ? -1 : 1) * compare(orderOf(a), orderOf(b)));
  return known.concat(rows.filter((row) => orderOf(row) === null));
}

function forget(list, columns) {
  list.columns = columns;
  list.here = null;
  list.rows.clear();
  list.body.replaceChildren();
}

function drawHead(list, data) {
  const cells = data.ticks ? [element("span", "cell", { role: "columnheader", "aria-label": "Compare" })] : [];
  for (const column of data.columns) {
    const cell = element("span", `cell ${column.right ? "right" : ""}`, { role: "columnheader", title: column.help });
    if (column.sort) {
      const order = column.sort === HERE ? list.here?.id === column.id && list.here : orderSaid(data.sort, column);
      const button = cell.appendChild(element("button", "sort", { type: "button" }));
      button.textContent = column.label;
      if (order) {
        cell.setAttribute("aria-sort", order.falls ? "descending" : "ascending");
        button.textContent += order.falls ? " ↓" : " ↑";
      }
      button.onclick = () => (column.sort === HERE ? sortHere(list, column) : askForOrder(list, data.sort, column));
    } else {
      cell.textContent = column.label;
    }
    cells.push(cell);
  }
  list.head.replaceChildren(...cells);
}

function orderSaid(sort, column) {
  return sort.replace("-", "") === column.sort && { falls: sort.startsWith("-") };
}

function askForOrder(list, sort, column) {
  const [first, other] = column.first === "up" ? [column.sort, `-${column.sort}`] : [`-${column.sort}`, column.sort];
  list.component.setTriggerValue("sort", sort === first ? other : first);
}

// First one way, then the other, then as it was. The head is drawn anew, and keeps the focus.
function sortHere(list, column) {
  const falls = column.first !== "up";
  if (list.here?.id !== column.id) list.here = { id: column.id, falls };
  else list.here = list.here.falls === falls ? { id: column.id, falls: !falls } : null;
  const at = list.component.data.columns.findIndex(({ id }) => id === column.id);
  draw(list, list.component.data);
  list.head.children[at + Number(list.component.data.ticks)].querySelector("button").focus();
}

function newRow(list, id, data) {
  const row = element("div", "row", { role: "row" });
  row.dataset.id = id;
  if (data.ticks) {
    const cell = row.appendChild(element("span", "cell tick", { role: "cell" }));
    cell.appendChild(element("input", "", { type: "checkbox", tabindex: "-1" }));
  }
  for (const column of data.columns) {
    const cell = row.appendChild(element("span", "", { role: "cell", "data-label": column.label }));
    if (column.opens) cell.appendChild(element("a", "open", { tabindex: "-1" }));
  }
  list.rows.set(id, row);
  return row;
}

function classesOf(column) {
  return [`c-${column.id}`, column.right ? "right" : "", column.grows ? "grows" : "", column.opens ? "opens" : "", column.named ? "named" : ""].join(" ");
}

function fill(row, given, data, isTicked) {
  row.className = `row ${given.tone}`;
  row.classList.toggle("ticked", isTicked);
  row.classList.toggle("chosen", given.is_chosen);
  row.toggleAttribute("aria-current", given.is_chosen);
  const cells = [...row.children];
  if (data.ticks) {
    const box = cells.shift().firstElementChild;
    box.checked = isTicked;
    box.setAttribute("aria-label", `Tick to compare: ${given.label}`);
  }
  cells.forEach((cell, index) => {
    const column = data.columns[index];
    const target = column.opens ? cell.firstElementChild : cell;
    const { text, tone, bars } = textOf(given.cells[index]);
    cell.className = `cell ${classesOf(column)} ${tone ? `t-${tone}` : ""}`;
    if (bars) drawBars(cell, bars, text);
    else if (target.textContent !== text) target.textContent = text;
    if (column.opens) {
      if (given.href) target.href = given.href;
      else target.removeAttribute("href");
      target.setAttribute("aria-label", given.label);
      target.title = data.columns.flatMap((c, i) => (c.grows && textOf(given.cells[i]).text ? [textOf(given.cells[i]).text] : [])).join("\n\n");
    }
  });
}

function textOf(cell) {
  return typeof cell === "string" ? { text: cell } : { text: "", ...cell };
}

function drawBars(cell, values, text) {
  const most = Math.max(1, ...values);
  const chart = element("span", "bars", { role: "img", "aria-label": text });
  for (const value of values) chart.appendChild(element("i", "")).style.height = `${Math.ceil((100 * value) / most)}%`;
  cell.title = text;
  cell.replaceChildren(chart);
}

function clicked(list, event) {
  if (event.target.closest(".tick")) {
    if (event.target.type !== "checkbox") event.target.closest(".tick").firstElementChild.click();
    return;
  }
  const link = event.target.closest(".row") && linkOf(event.target.closest(".row"));
  if (!link?.href || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (list.component.data.tells) return void list.component.setTriggerValue("opened", link.closest(".row").dataset.id);
  // What Back and Forward do: one entry in the history, and the page changes without being loaded again.
  history.pushState({}, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

function tick(list, box) {
  const id = box.closest(".row").dataset.id;
  list.ticked = list.ticked.filter((other) => other !== id);
  if (box.checked) list.ticked = [...list.ticked, id].slice(-MOST_TICKED);
  for (const [other, row] of list.rows) {
    const isTicked = list.ticked.includes(other);
    row.classList.toggle("ticked", isTicked);
    row.querySelector("input").checked = isTicked;
  }
  list.component.setStateValue("ticked", list.ticked);
}

function pressed(list, event) {
  const row = event.target.closest(".row");
  if (!row || event.metaKey || event.ctrlKey || event.altKey) return;
  const rows = list.body.children;
  const moves = {
    ArrowDown: row.nextElementSibling,
    j: row.nextElementSibling,
    ArrowUp: row.previousElementSibling,
    k: row.previousElementSibling,
    Home: rows[0],
    End: rows[rows.length - 1],
  };
  if (event.key in moves) {
    event.preventDefault();
    event.stopPropagation();
    if (moves[event.key]) focusOn(list, moves[event.key]);
  } else if (event.key === "x" && list.root.classList.contains("ticks")) {
    event.stopPropagation();
    row.querySelector("input").click();
  }
}

function focusOn(list, row) {
  list.body.querySelector('a[tabindex="0"]')?.setAttribute("tabindex", "-1");
  const link = linkOf(row);
  link.setAttribute("tabindex", "0");
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function linkOf(row) {
  return row?.querySelector("a.open");
}

function element(name, className, attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
