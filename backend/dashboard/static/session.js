// Warns two minutes before the session ends from lack of use, and keeps it while somebody works.
const WARN_SECONDS = 120;
const SAY_SO_EVERY = 5 * 60 * 1000;

export function keepSession(csrf) {
  const idle = Number(document.body.dataset.idle) * 1000;
  const banner = document.getElementById("ending");
  let used = Date.now();

  async function stay() {
    used = Date.now();
    banner.hidden = true;
    const answer = await fetch("/sesion/seguir", { method: "POST", body: new URLSearchParams({ csrf }) }).catch(() => null);
    if (answer?.status === 401) location.reload();
  }

  document.getElementById("stay").addEventListener("click", stay);
  for (const sign of ["keydown", "pointerdown"]) {
    addEventListener(sign, () => Date.now() - used > SAY_SO_EVERY && banner.hidden && stay(), { passive: true });
  }
  setInterval(() => {
    const left = used + idle - Date.now();
    if (left <= 0) location.reload();
    else if (left < WARN_SECONDS * 1000 && banner.hidden) banner.hidden = false;
  }, 5000);
}
