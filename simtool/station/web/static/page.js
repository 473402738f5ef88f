// What every page has: dark and light, help, a line that says what came of an order.

import { listen } from "./keys.js";

export const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
const toast = document.getElementById("toast");
let quiet = 0;

export function say(words, state = "") {
  clearTimeout(quiet);
  toast.textContent = words;
  toast.dataset.state = state;
  quiet = setTimeout(() => (toast.textContent = ""), state === "bad" ? 6000 : 2500);
}

/** Sends a form; gives the answer's words, or null after having said what was wrong. */
export async function post(where, fields) {
  let answer;
  try {
    answer = await fetch(where, {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, "X-Simtool": "1" },
      body: new URLSearchParams(fields),
    });
  } catch {
    return { error: "the station does not answer" };
  }
  if (answer.status === 401) {
    location.assign("/login");
    return { error: "log in first" };
  }
  try {
    return await answer.json();
  } catch {
    return { error: `the station refused (${answer.status})` };
  }
}

export function theme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  localStorage.setItem("simtool-theme", root.dataset.theme);
}

/** Keys that mean the same on every page; true when it was one. */
export function common(key) {
  if (key === "d" || key === "D") theme();
  else if (key === "?") location.assign("/help");
  else return false;
  return true;
}

// After a click with the mouse the focus goes back to the page, so that Space stays the bench's.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button");
  if (button && event.detail > 0) button.blur();
});
document.getElementById("theme")?.addEventListener("click", theme);
if (csrf && !document.body.classList.contains("bench")) {
  listen((key) => {
    if (!common(key) && key === "Escape") location.assign("/");
  });
}
// htmx sends the token with what it sends.
document.addEventListener("htmx:configRequest", (event) => (event.detail.headers["X-CSRF-Token"] = csrf));
