// The list of keys, links in toasts, and a Back that stays one. Text only, never HTML.

const pages = new WeakMap();
keepBack();

export default function ({ parentElement, data }) {
  if (!pages.has(parentElement)) pages.set(parentElement, build(parentElement, data.keys));
  return () => {
    pages.get(parentElement)?.abort();
    pages.delete(parentElement);
  };
}

function build(parentElement, keys) {
  const ending = new AbortController();
  const root = add(parentElement, "div");
  const button = add(root, "button", "Keyboard");
  button.type = "button";
  button.prepend(add(root, "kbd", "?"));
  const dialog = listOf(root, keys);
  button.onclick = () => dialog.showModal();
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  const { signal } = ending;
  document.addEventListener("keydown", (event) => isAsked(event) && dialog.showModal(), { signal });
  document.addEventListener("click", stayInTab, { signal, capture: true });
  signal.addEventListener("abort", () => root.remove());
  return ending;
}

function listOf(root, keys) {
  const dialog = add(root, "dialog");
  dialog.setAttribute("aria-label", "Keys");
  const close = add(dialog, "button", "Close");
  close.type = "button";
  close.onclick = () => dialog.close();
  for (const [title, pairs] of keys) {
    add(dialog, "h3", title);
    const list = add(dialog, "dl");
    for (const [key, meaning] of pairs) {
      add(list, "dt", key);
      add(list, "dd", meaning);
    }
  }
  return dialog;
}

// Not while somebody types.
function isAsked(event) {
  const [target] = event.composedPath();
  const types = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  return event.key === "?" && !types && !event.ctrlKey && !event.metaKey && !event.altKey;
}

// Streamlit opens links of texts in new tabs. Those of our toasts lead to our own pages: as Back and Forward do, the
// page changes without being loaded again.
function stayInTab(event) {
  const link = event.target.closest?.("[data-testid=stToast] a[href]");
  if (!link || link.origin !== location.origin || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

// Streamlit, told of a page that somebody has left by Back meanwhile, would put that page into the history again. What
// nobody has asked for since the last Back or Forward leads to no other page.
function keepBack() {
  if (history.keepsBack) return;
  history.keepsBack = true;
  let page = null;
  window.addEventListener("popstate", () => (page = location.pathname));
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, () => (page = null), true);
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    if (page === null || new URL(url, location.href).pathname === page) push(state, unused, url);
  };
}

function add(parent, tag, text) {
  const element = parent.appendChild(document.createElement(tag));
  if (text !== undefined) element.textContent = text;
  return element;
}
