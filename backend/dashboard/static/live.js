// Hears that something changed, asks for the parts again, and changes only what differs.
import { tellWritten } from "./reply.js";

const POLL = 15000;

export function follow(desk) {
  const status = document.getElementById("live");
  let stream = null;
  let poll = 0;
  let busy = false;
  let again = false;

  function say(on, text) {
    status.classList.toggle("on", on);
    status.classList.toggle("off", !on);
    const place = status.querySelector(".words");
    if (place.textContent !== text) place.textContent = text;
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(desk.dataset.refresh, { headers: { Accept: "text/html" } });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.status === 404) { location.assign("/"); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      apply(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (stream?.readyState !== EventSource.OPEN) say(true, "Se actualiza cada 15 s");
    } catch {
      say(false, "Sin conexión");
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  function open() {
    close();
    stream = new EventSource(desk.dataset.live);
    stream.addEventListener("open", () => { say(true, "En vivo"); clearInterval(poll); poll = 0; });
    stream.addEventListener("cambio", refresh);
    stream.addEventListener("fin", () => location.reload());
    stream.addEventListener("error", () => {
      if (!poll) poll = setInterval(refresh, POLL);
      if (stream.readyState === EventSource.CLOSED) { refresh(); setTimeout(open, POLL); }
    });
  }

  function close() {
    stream?.close();
    stream = null;
  }

  // a browser allows few connections to one place: a page that nobody looks at gives its own back
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); clearInterval(poll); poll = 0; }
    else { open(); refresh(); }
  });
  document.querySelector(".scroll")?.scrollTo(0, 1e9);
  if (matchMedia("(max-width: 40rem)").matches && document.querySelector(".bubbles") && !document.querySelector(".danger")) scrollTo(0, document.body.scrollHeight);
  open();
  title();
}

function apply(fresh) {
  const scroll = document.querySelector(".scroll");
  const atEnd = scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const places = document.querySelectorAll(`[data-part="${part.dataset.part}"]`);
    places.forEach((shown, n) => patch(shown, n + 1 < places.length ? part.cloneNode(true) : part));
  }
  if (atEnd) scroll.scrollTo(0, scroll.scrollHeight);
  title();
}

function patch(shown, part) {
  const versioned = part.dataset.version !== undefined;
  if ("keyed" in part.dataset && shown.dataset.version === part.dataset.version) return patchKeyed(shown, part);
  if (versioned && shown.dataset.version === part.dataset.version) return;
  if (shown.isEqualNode(part)) return;
  if (shown.matches(":hover, :focus-within") && part.dataset.part === "rows") return wait(shown, part);
  const typed = shown.querySelector("textarea")?.value;
  const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
  const opened = [...shown.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key);
  shown.replaceWith(part);
  for (const key of opened) part.querySelector(`details[data-key="${key}"]`)?.setAttribute("open", "");
  const area = part.querySelector("textarea");
  if (typed && area) area.value = typed;
  tellWritten(area);
  if (focused) document.getElementById(focused)?.focus();
}

// rows never move under the pointer or the keyboard: they change when it leaves
function wait(shown, part) {
  shown.fresh = part;
  if (shown.waits) return;
  shown.waits = true;
  const later = () => setTimeout(() => {
    if (!shown.isConnected || shown.matches(":hover, :focus-within")) return;
    shown.replaceWith(shown.fresh);
  });
  shown.addEventListener("pointerleave", later);
  shown.addEventListener("focusout", later);
}

// messages are added or changed one by one, so that a screen reader tells only what is new
function patchKeyed(shown, part) {
  const known = new Map([...shown.children].map((child) => [child.dataset.key, child]));
  let last = null;
  for (const child of [...part.children]) {
    const old = known.get(child.dataset.key);
    known.delete(child.dataset.key);
    if (old && differs(old, child)) {
      if (old.querySelector("details[open]")) child.querySelector("details")?.setAttribute("open", "");
      old.replaceWith(child);
      last = child;
    } else if (old) {
      last = old;
    } else {
      if (last) last.after(child); else shown.prepend(child);
      last = child;
    }
  }
  for (const gone of known.values()) gone.remove();
}

function differs(old, child) {
  const closed = old.cloneNode(true);
  closed.querySelectorAll("details[open]").forEach((one) => one.removeAttribute("open"));
  return !closed.isEqualNode(child);
}

function title() {
  const alarms = Number(document.querySelector('[data-part="counts"]')?.dataset.alarms ?? 0);
  document.title = (alarms ? `(${alarms}) ` : "") + document.title.replace(/^\(\d+\) /, "");
}
