// Tells Python when there is something new to draw. One tab of a browser, the one that holds the lock, listens to the
// server and tells the others, since a browser opens no more than six connections to one address.

const NAME = "msgtrace-live";
const BEAT_MS = 15_000; // the server's
const SILENCE_MS = 3 * BEAT_MS; // after it, the line counts as dead
const PATIENCE_MS = 4_000; // for the first word, before the page looks for itself
const TICKET_MS = 45_000; // a ticket is good for a minute
const GAP_MS = 500; // between two ticks of a page
const ANSWER_MS = 5_000; // a tick that led to nothing is sent again
const BUSY_MS = 40; // how often a page that is being drawn is looked at
const HOLD_MS = 1_500; // how long a list holds still after the pointer moved over it
const ACTED_MS = 1_000; // so long Streamlit may take to say that it runs what a person asked for
const MAX_PAUSE_MS = 30_000;

const pages = new WeakMap();

export default function ({ parentElement, data, setTriggerValue, setStateValue }) {
  let page = pages.get(parentElement);
  if (!page) pages.set(parentElement, (page = new LivePage()));
  page.update(data, setTriggerValue, setStateValue);
  return () => {
    pages.delete(parentElement);
    page.close();
  };
}

// What this tab shows, and whether it is time to draw it again.
class LivePage {
  newest = 0; // the newest version that the server told of
  isDue = false;
  asked = -1; // the version that the last tick asked for
  sentAt = 0;
  heldUntil = 0;
  timers = {};
  ending = new AbortController();

  constructor() {
    const { signal } = this.ending;
    this.line = new Line((news) => this.hear(news), () => this.setTriggerValue("ticket", String(Date.now())));
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    for (const name of ["pointermove", "keydown"])
      document.addEventListener(name, (event) => this.hold(event), { signal, capture: true, passive: true });
    for (const name of ["click", "keydown", "popstate"])
      window.addEventListener(name, () => this.giveWay(), { signal, capture: true, passive: true });
  }

  // data: url (with a ticket), drawn (the version on the screen, null during an outage), mode (what Python believes),
  // redraw_in_ms (when the period that is shown ends; null where none is).
  update(data, setTriggerValue, setStateValue) {
    Object.assign(this, { data, setTriggerValue, setStateValue });
    this.isDue = this.newest > Math.max(data.drawn ?? -1, this.asked);
    this.line.renew(data.url);
    this.report();
    clearTimeout(this.timers.clock);
    if (data.redraw_in_ms !== null) this.timers.clock = setTimeout(() => this.call(), data.redraw_in_ms);
    this.look();
  }

  hear({ version, isFirst, mode }) {
    if (mode) this.mode = mode;
    if (version !== undefined) {
      // The first word after a break may be a smaller number: the database was put back.
      this.isDue ||= isFirst ? version !== this.data.drawn : version > (this.data.drawn ?? -1);
      this.newest = version;
    }
    this.report();
    this.look();
  }

  report() {
    if (this.mode && this.mode !== this.data.mode && this.mode !== this.reported) {
      this.reported = this.mode;
      this.setStateValue("mode", this.mode);
    } else if (this.mode === this.data.mode) this.reported = undefined;
  }

  call() {
    this.isDue = true;
    this.look();
  }

  // Sends a tick, unless nobody looks, the page is being drawn, a list is in use, or one was sent just now.
  look() {
    clearTimeout(this.timers.look);
    if (!this.isDue || document.hidden || this.ending.signal.aborted) return;
    const now = performance.now();
    const wait = isBusy() ? BUSY_MS : Math.max(this.sentAt + GAP_MS, this.heldUntil) - now;
    if (wait > 0) {
      this.timers.look = setTimeout(() => this.look(), wait);
      return;
    }
    this.sentAt = now;
    this.isDue = false;
    this.asked = this.newest;
    this.setTriggerValue("tick", String(this.newest));
    clearTimeout(this.timers.again);
    this.timers.again = setTimeout(() => this.newest > (this.data.drawn ?? -1) && this.call(), ANSWER_MS);
  }

  hold(event) {
    const onRows = (node) => node.matches?.("[data-testid=stDataFrame], .list");
    if (event.composedPath().some(onRows)) this.heldUntil = performance.now() + HOLD_MS;
  }

  // Whoever acts may leave the page. A tick that is sent before the server has said so still names the old page, and
  // is run on the new one: Streamlit clears that away, and ends with "Bad delta path".
  giveWay() {
    this.heldUntil = Math.max(this.heldUntil, performance.now() + ACTED_MS);
  }

  close() {
    this.ending.abort();
    Object.values(this.timers).forEach(clearTimeout);
    this.line.close();
  }
}

// Whether Streamlit is running something for this page: a tick would only queue behind it.
function isBusy() {
  const state = document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state");
  return state === "running" || state === "rerunRequested";
}

// The one connection of the browser, or the word of the tab that has it.
class Line {
  failures = 0;
  timers = {};
  ending = new AbortController();

  constructor(tell, askForTicket) {
    Object.assign(this, { tell, askForTicket });
    this.channel = new BroadcastChannel(NAME);
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.channel.postMessage({ isNew: true });
    this.wait(PATIENCE_MS);
    const { signal } = this.ending;
    const lead = () => {
      this.isLeading = true;
      this.connect();
      return new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    // Without locks (plain HTTP from another machine) every tab leads itself.
    if (navigator.locks) navigator.locks.request(NAME, { signal }, lead).catch(() => {});
    else queueMicrotask(lead);
  }

  renew(url) {
    if (url === this.url) return;
    this.url = url;
    this.renewedAt = Date.now();
    if (this.wantsTicket) this.connect();
  }

  // From another tab.
  hear(news) {
    if (news.isNew) {
      if (this.last) this.channel.postMessage({ ...this.last, isFirst: true });
    } else this.pass(news);
  }

  // From the server, when this tab leads.
  share(news) {
    this.last = { ...this.last, ...news, isFirst: undefined };
    this.channel.postMessage(news);
    this.pass(news);
  }

  pass(news) {
    this.wait(SILENCE_MS);
    this.tell(news);
  }

  wait(ms) {
    clearTimeout(this.timers.silence);
    this.timers.silence = setTimeout(() => (this.isLeading ? this.retry() : this.tell({ mode: "poll" })), ms);
  }

  connect() {
    clearTimeout(this.timers.retry);
    this.source?.close();
    if (this.ending.signal.aborted) return;
    const isOver = this.url?.includes("ticket=") && Date.now() - this.renewedAt > TICKET_MS;
    this.wantsTicket = !this.url || isOver;
    if (this.wantsTicket) {
      if (this.url) this.askForTicket();
      this.timers.retry = setTimeout(() => this.connect(), ANSWER_MS);
      return;
    }
    let isFirst = true;
    const source = (this.source = new EventSource(this.url));
    source.addEventListener("beat", () => {
      this.failures = 0;
      this.share({ mode: "stream" });
    });
    source.addEventListener("version", ({ data }) => {
      this.share({ mode: "stream", version: Number(data), isFirst });
      isFirst = false;
    });
    source.onerror = () => this.retry();
  }

  retry() {
    this.source?.close();
    this.failures += 1;
    if (this.failures > 1) this.share({ mode: "poll" });
    clearTimeout(this.timers.silence);
    clearTimeout(this.timers.retry);
    const pause = Math.min(MAX_PAUSE_MS, 500 * 2 ** this.failures) * (0.5 + Math.random());
    this.timers.retry = setTimeout(() => this.connect(), pause);
  }

  close() {
    this.ending.abort();
    Object.values(this.timers).forEach(clearTimeout);
    this.source?.close();
    this.channel.close();
  }
}
