// What is heard: three sounds, made here. Browsers stay silent until somebody has touched the page once.

const MUTED = "simtool-muted";
const SOUNDS = {
  good: [[660, 0, 0.11], [990, 0.1, 0.2]],
  reject: [[330, 0, 0.22], [208, 0.2, 0.42]],
  attention: [[880, 0, 0.12], [622, 0.15, 0.12], [880, 0.3, 0.12], [622, 0.45, 0.18]],
};
let context = null;

export const muted = () => localStorage.getItem(MUTED) === "yes";

export function setMuted(yes) {
  localStorage.setItem(MUTED, yes ? "yes" : "no");
}

/** Whether the browser lets us be heard. */
export const awake = () => context !== null && context.state === "running";

/** To be called when somebody touches the page. */
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

export function play(name) {
  const tones = SOUNDS[name];
  document.documentElement.dataset.heard = tones && !muted() ? name : "";
  if (!tones || muted() || !awake()) return;
  for (const [pitch, after, lasting] of tones) {
    const start = context.currentTime + after;
    const tone = new OscillatorNode(context, { type: name === "reject" ? "triangle" : "sine", frequency: pitch });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.28, start + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + lasting);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + lasting + 0.05);
  }
}
