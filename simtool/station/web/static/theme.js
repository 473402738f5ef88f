// The chosen scheme, before anything is painted; nothing chosen: what the computer prefers.
(() => {
  "use strict";
  const kept = localStorage.getItem("simtool-theme");
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
})();
