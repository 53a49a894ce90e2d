// The simulator's small JSON API, and its stream of changes.

const ROOT = "/simulator";

async function call(method, path, body) {
  const answer = await fetch(ROOT + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.error || `El simulador contestó ${answer.status}.`);
  return value;
}

export const send = (phone, what) => call("POST", `/api/phones/${encodeURIComponent(phone)}/messages`, what);
export const markRead = (phone) => call("POST", `/api/phones/${encodeURIComponent(phone)}/read`, {});
export const addPhone = (channel) => call("POST", "/api/phones", { channel });
export const segments = (text) => call("GET", `/api/segments?text=${encodeURIComponent(text)}`);
export const setFaults = (faults) => call("PUT", "/faults", faults);
export const reset = () => call("POST", "/api/reset", {});

/** Calls `onNews(snapshot)` at once and at every change; `onState(connected)` when the line comes or goes. */
export async function follow(onNews, onState) {
  let first;
  try {
    first = await call("GET", "/api/state");
  } catch {
    onState(false);
    setTimeout(() => follow(onNews, onState), 1500);
    return;
  }
  onNews(first);
  const stream = new EventSource(`${ROOT}/api/events?since=${first.revision}`);
  let away;
  stream.onopen = () => { clearTimeout(away); onState(true); };
  stream.onmessage = (event) => onNews(JSON.parse(event.data));
  // the stream ends every few seconds by design: only a lasting silence is worth telling
  stream.onerror = () => {
    clearTimeout(away);
    away = setTimeout(() => onState(false), 2000);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => follow(onNews, onState), 1500);
  };
}
