// The bench's page: shows what the stream tells, and sends the orders of keys, buttons and the scanner.

import { chooser, listen } from "./keys.js";
import { common, post, say } from "./page.js";
import { awake, muted, play, setMuted, wake } from "./sound.js";

const table = document.getElementById("table");
const link = document.getElementById("link");
const echo = document.getElementById("echo");
const spoken = document.getElementById("spoken");
const pause = document.getElementById("pause");
const sound = document.getElementById("sound");
const scanField = document.getElementById("scan-text");
const LOST = 25000; // after so long without a sign the picture is old

let chosen = "";
let paused = pause.dataset.order === "resume";
let since = null; // each slot's phase as it was shown last; null before the first whole picture
let sign = Date.now();

const tileOf = (name) => table.querySelector(`[data-slot="${CSS.escape(name)}"]`);

function mark() {
  for (const tile of table.querySelectorAll(".tile")) {
    const is = tile.dataset.slot === chosen;
    tile.classList.toggle("chosen", is);
    tile.querySelector("[data-choose]").setAttribute("aria-pressed", String(is));
  }
}

function choose(name) {
  chosen = chosen === name ? "" : name;
  mark();
}

/** Calls `change`, which may put new elements in the place of old ones, and puts the focus back where it was. */
function keepingFocus(change) {
  const key = document.activeElement?.dataset?.key;
  change();
  if (key && document.activeElement?.dataset?.key !== key) {
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
}

/** New HTML for a tile. What did not change stays the same element: a click takes longer than a step of a card. */
function renewTile(tile, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const fresh = made.content.querySelector(".tile");
  if (fresh.dataset.phase !== tile.dataset.phase) {
    tile.replaceWith(fresh);
    return;
  }
  for (const part of [".tile-body", ".tile-foot"]) {
    const [now, then] = [tile.querySelector(part), fresh.querySelector(part)];
    if (now.innerHTML !== then.innerHTML) now.replaceWith(then);
  }
}

const shown = {};
function renewPart(id, html) {
  if (shown[id] !== html) document.getElementById(id).innerHTML = html;
  shown[id] = html;
}

function show(state) {
  for (const [name, html] of Object.entries(state.tiles)) {
    const tile = tileOf(name);
    if (!tile) {
      location.reload(); // another bench than the page was made for
      return;
    }
    keepingFocus(() => renewTile(tile, html));
  }
  keepingFocus(() => {
    renewPart("side", state.side);
    renewPart("bar", state.bar);
  });
  paused = state.paused;
  pause.dataset.order = paused ? "resume" : "pause";
  pause.querySelector(".words").textContent = paused ? "Go on" : "Pause";
  mark();
  tell(state);
}

/** Sounds and spoken words for slots that came to something new; the loudest sound wins. */
function tell(state) {
  if (since !== null) {
    const changed = state.names.filter((name) => since[name] !== state.since[name]);
    const sounds = changed.map((name) => state.heard[name]);
    const loudest = ["attention", "reject", "good"].find((name) => sounds.includes(name));
    if (loudest) play(loudest);
    const words = changed.map((name) => state.spoken[name]).filter(Boolean);
    if (words.length) spoken.textContent = words.join(" ");
  }
  since = state.since;
}

function connect() {
  const source = new EventSource("/bench/stream");
  source.addEventListener("bench", (event) => {
    sign = Date.now();
    live("live", "live");
    show(JSON.parse(event.data));
  });
  source.addEventListener("over", () => {
    source.close();
    location.assign("/login");
  });
  source.addEventListener("error", () => {
    live("lost", "connection lost: what you see is old");
    if (source.readyState === EventSource.CLOSED) {
      // Refused, not cut off: the login is over, or the station was started anew.
      setTimeout(() => location.reload(), 2000);
    }
  });
  addEventListener("pagehide", () => source.close());
}

function live(state, words) {
  link.dataset.state = state;
  link.querySelector(".words").textContent = words;
  document.body.classList.toggle("stale", state === "lost");
}

async function order(kind, slot) {
  const answer = await post("/bench/order", { kind, slot });
  if (answer.error) say([answer.error, answer.hint].filter(Boolean).join(". "), "bad");
  else say(answer.said);
}

async function scanned(text) {
  const shown = document.createElement("b");
  shown.textContent = text;
  echo.dataset.state = "";
  echo.replaceChildren(shown, " …");
  const answer = await post("/bench/scan", { text, slot: chosen });
  echo.dataset.state = answer.error ? "bad" : "good";
  echo.replaceChildren(shown, ` ${answer.error ? [answer.error, answer.hint].filter(Boolean).join(". ") : answer.said}`);
  if (answer.error) play("attention");
}

function showSound() {
  const words = muted() ? "Sound off" : awake() ? "Sound on" : "Sound: touch a key";
  sound.setAttribute("aria-pressed", String(muted()));
  sound.querySelector(".words").textContent = words;
  sound.title = `${words} (M)`;
  sound.setAttribute("aria-label", `${words} (M)`);
}

function mute() {
  setMuted(!muted());
  showSound();
  say(muted() ? "Sound is off" : "Sound is on");
}

const digit = chooser(() => [...table.querySelectorAll(".tile")].map((tile) => tile.dataset.slot), choose);

function press(key) {
  if (common(key)) return;
  const slotPhase = chosen ? tileOf(chosen)?.dataset.phase : "";
  switch (key.toLowerCase()) {
    case " ":
      if (chosen) order(slotPhase === "paused" ? "resume" : "pause", chosen);
      else order(paused ? "resume" : "pause", "");
      break;
    case "a":
      order("acknowledge", chosen);
      break;
    case "r":
      order("release", chosen);
      break;
    case "s":
      if (document.getElementById("stop")) order("stop", chosen);
      break;
    case "b":
      document.querySelector("[data-post='/bench/here']")?.click();
      break;
    case "m":
      mute();
      break;
    case "escape":
      if (chosen) choose(chosen);
      break;
    default:
      if (/^[0-9]$/.test(key)) digit(key);
  }
}

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("[data-order], [data-choose], [data-post]");
  if (!button) return;
  if (button.dataset.choose) choose(button.dataset.choose);
  else if (button.dataset.order) order(button.dataset.order, button.dataset.on ?? "");
  else {
    const answer = await post(button.dataset.post, {});
    say(answer.error ?? answer.said, answer.error ? "bad" : "");
  }
});
document.getElementById("scanner").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = scanField.value.trim();
  scanField.value = "";
  scanField.blur();
  if (text) scanned(text);
});
for (const touch of ["keydown", "pointerdown"]) {
  document.addEventListener(touch, () => {
    wake();
    setTimeout(showSound, 50);
  });
}
sound.hidden = false;
sound.addEventListener("click", mute);
setInterval(() => {
  if (Date.now() - sign > LOST) live("lost", "no sign of the station: what you see is old");
}, 3000);
listen(press, scanned);
showSound();
mark();
connect();
