// Fingers and scanners, told apart: a scanner types a whole number in a few milliseconds and ends it with Enter.
//
// A key is only acted on when nothing follows it at once, so that no code that is scanned by mistake presses keys here.

const SCANNER_GAP = 45; // milliseconds between two keys; fingers are slower
const PATIENCE = 110; // after so long a key stands alone
const LEAST = 6; // signs that make a scan

const WRITES = "input:not([type=radio]):not([type=checkbox]), textarea, select";

/** Calls `press(key)` for single keys and `scan(text)` for what a scanner typed; `scan` may be left out. */
export function listen(press, scan) {
  let burst = "";
  let last = 0;
  let timer = 0;
  let target = null;

  const single = () => {
    const key = burst;
    burst = "";
    if (key.length === 1) press(key, target);
    else if (key.length > 1 && key.length < LEAST) for (const one of key) press(one, target);
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      if (event.target instanceof Element && event.target.closest(WRITES)) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      const fast = event.timeStamp - last < SCANNER_GAP;
      last = event.timeStamp;
      if (event.key === "Enter" && scan && burst.length >= LEAST) {
        event.preventDefault();
        event.stopPropagation();
        clearTimeout(timer);
        const text = burst;
        burst = "";
        scan(text);
        return;
      }
      if (event.key === "Escape") {
        burst = "";
        press("Escape", event.target);
        return;
      }
      if (event.key.length !== 1 || event.repeat) return;
      const onButton = event.target instanceof Element && event.target.closest("button, a, summary, [role=button]");
      if (event.key === " " && onButton && !burst) return; // a focused button gets its own Space
      if (event.key === " ") event.preventDefault(); // else the page would scroll
      clearTimeout(timer);
      if (burst && !fast && burst.length < LEAST) single();
      else if (burst && !fast) burst = "";
      burst += event.key;
      target = event.target;
      timer = setTimeout(() => {
        if (burst.length >= LEAST) burst = ""; // a scan without its Enter is none
        else single();
      }, PATIENCE);
    },
    true,
  );
}

/** The numbers of slots with two digits: "1" waits a moment for a second one when there are such slots. */
export function chooser(names, choose) {
  let digits = "";
  let timer = 0;
  return (digit) => {
    clearTimeout(timer);
    digits += digit;
    const known = names();
    const more = known.some((name) => name !== digits && name.startsWith(digits));
    if (!more) {
      const found = known.includes(digits) ? digits : known.includes(digit) ? digit : "";
      digits = "";
      if (found) choose(found);
      return;
    }
    timer = setTimeout(() => {
      if (known.includes(digits)) choose(digits);
      digits = "";
    }, 600);
  };
}
