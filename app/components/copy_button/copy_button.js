/* A button that copies a text the page doesn't hold: it asks for it, and copies what comes back. */
const labels = { ready: "Copy all", waiting: "Copying …", done: "Copied", failed: "The browser refused" };

export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const label = parentElement.querySelector(".label");
  const say = (state) => {
    button.dataset.state = state;
    label.textContent = state === "ready" ? data.label || labels.ready : labels[state];
  };
  button.title = data.help || "";
  button.onclick = () => {
    button.dataset.asked = String(Date.now());
    say("waiting");
    setTriggerValue("wanted", Date.now());
  };
  if (button.dataset.asked && typeof data.text === "string") {
    delete button.dataset.asked;
    copy(data.text).then(
      () => say("done"),
      () => say("failed"),
    );
    window.clearTimeout(button.timer);
    button.timer = window.setTimeout(() => say("ready"), 2500);
  } else if (!button.dataset.state) {
    say("ready");
  }
  return () => {
    button.onclick = null;
  };
}

/* navigator.clipboard is there only on https and localhost. */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("refused");
}
