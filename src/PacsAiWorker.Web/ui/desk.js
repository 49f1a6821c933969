// What the desk adds in a browser; everything can be read and done without it.
(() => {
  "use strict";

  // A page that follows the record is asked for again when the record has grown, at most once a second or as it says, and never while nobody looks.
  const live = document.querySelector("[data-live]");
  if (live && window.EventSource) {
    const pause = Number(live.dataset.live) || 1000;
    const state = document.querySelector("[data-live-state]");
    const says = (text) => { if (state) { state.textContent = text; } };
    let waiting = false;
    let last = 0;
    const refresh = () => {
      waiting = false;
      last = Date.now();
      // The element may have been replaced by its newer self.
      document.getElementById(live.id)?.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
    };
    const ask = () => {
      if (waiting || document.hidden) { return; }
      waiting = true;
      setTimeout(refresh, Math.max(0, pause - (Date.now() - last)));
    };
    const source = new EventSource("/live");
    // Live is what has heard of the record, not what has a connection.
    source.onmessage = () => {
      says("live");
      ask();
    };
    const lost = () => says("not connected: what stands here may be old");
    source.onerror = lost;
    document.addEventListener("htmx:error", lost);
    document.addEventListener("htmx:response:error", (e) => {
      lost();
      if (e.detail?.ctx?.response?.status === 401) { location.reload(); }
    });
    document.addEventListener("visibilitychange", ask);
    window.addEventListener("pagehide", () => source.close());
  }

  // j and k walk through the rows, Enter opens one, / goes to the search.
  const rows = () => [...document.querySelectorAll(".rows tbody tr[data-to]")];
  // A list that renews itself has other rows: the chosen one is known by its id and stays chosen; where it is gone, its place is.
  let at = -1;
  let chosen = "";
  const mark = () => rows().forEach((row, i) => row.setAttribute("aria-selected", (chosen ? row.id === chosen : i === at) ? "true" : "false"));
  const walk = (step) => {
    const all = rows();
    if (all.length === 0) { return; }
    const here = chosen ? all.findIndex((row) => row.id === chosen) : at;
    at = Math.min(Math.max(chosen && here < 0 ? at : here + step, 0), all.length - 1);
    chosen = all[at].id;
    mark();
    all[at].querySelector("a")?.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:after:settle", mark);
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) { return; }
    if (e.key === "j") { walk(1); }
    else if (e.key === "k") { walk(-1); }
    else if (e.key === "Enter" && !e.target.closest("a, button, summary")) {
      // The link that had the focus may have been renewed in this moment.
      const row = document.querySelector(".rows tbody tr[data-to][aria-selected=true]");
      if (row) { location.href = row.dataset.to; }
    }
    else if (e.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) { e.preventDefault(); search.focus(); }
    }
  });
})();
