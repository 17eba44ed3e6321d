// Texts of two runs with their changed words marked. All of it is set as textContent.

const LONG = 600;
const CONTEXT = 160;

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".diff");
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty("--" + name, colour);
  root.replaceChildren(...data.rows.map((row) => line(row, data.mono)));
}

function line([label, passages], mono) {
  const row = document.createElement("div");
  row.className = "line";
  if (label) row.append(piece("span", label, "label"));
  const text = document.createElement("div");
  text.className = mono ? "text mono" : "text";
  passages.forEach(([sign, words], at) => text.append(...passage(sign, words, at === 0, at === passages.length - 1)));
  row.append(text);
  return row;
}

function passage(sign, words, isFirst, isLast) {
  if (sign === "-") return [marked("del", "− ", words, "removed")];
  if (sign === "+") return [marked("ins", "+ ", words, "added")];
  if (words.length <= LONG) return [piece("span", words)];
  const before = isFirst ? "" : words.slice(0, CONTEXT);
  const after = isLast ? "" : words.slice(-CONTEXT);
  const hidden = words.slice(before.length, words.length - after.length);
  const more = piece("button", `⋯ ${hidden.length.toLocaleString("en-US")} unchanged characters ⋯`);
  more.type = "button";
  more.onclick = () => more.replaceWith(piece("span", hidden));
  return [piece("span", before), more, piece("span", after)];
}

function marked(tag, sign, words, spoken) {
  const element = document.createElement(tag);
  element.setAttribute("aria-label", `${spoken}: ${words}`);
  const mark = piece("span", sign, "sign");
  mark.setAttribute("aria-hidden", "true");
  element.append(mark, words);
  return element;
}

function piece(tag, text, cls) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (cls) element.className = cls;
  return element;
}
