// Signs in through Teams, loads each page with the person's token, and keeps the address true. No data is stored here.
(() => {
  const { app, authentication } = window.microsoftTeams;
  const byId = (id) => document.getElementById(id);
  const PATIENCE_MS = 8000;
  const HOME = "/tab";
  const THEMES = { default: "light", light: "light", dark: "dark", contrast: "contrast", glass: "light" };
  let opened = 0;
  let posted = false;

  function dress(theme) {
    document.documentElement.dataset.theme = THEMES[theme] ?? "light";
    document.dispatchEvent(new CustomEvent("tab:dressed"));
  }

  function explain(which) {
    byId("waiting")?.remove();
    const box = byId(which);
    if (box) box.hidden = false;
    byId("app").removeAttribute("aria-busy");
  }

  function notify(...content) {
    const box = byId("notice");
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "button quiet", textContent: "✕", ariaLabel: "OK" });
    close.addEventListener("click", () => { box.hidden = true; });
    box.replaceChildren(...content, close);
    box.hidden = false;
  }

  const inTime = (work) => Promise.race([
    work, new Promise((_, fail) => { setTimeout(() => fail(new Error("late")), PATIENCE_MS); }),
  ]);

  // Each request carries a token that Teams gives anew; Teams keeps it while it is good.
  async function asked(address, request) {
    const token = await authentication.getAuthToken();
    const headers = { ...request.headers, Authorization: `Bearer ${token}` };
    const response = await fetch(address, { ...request, headers });
    posted = request.method !== "GET";
    // 422: the form comes back with its mistakes at the fields.
    if (response.ok || response.status === 422 || !posted) return response;
    // A form that was refused stays as it was typed; what went wrong is said above it.
    const said = new DOMParser().parseFromString(await response.text(), "text/html");
    notify(...said.querySelectorAll("main p"));
    return new Response(null, { status: 204 });
  }

  const dataOf = (address) => `${HOME}/data${address.slice(HOME.length) || "/"}`.replace(/\/data\?/, "/data/?");

  async function open(address, { push = false } = {}) {
    const mine = opened += 1;
    if (push) history.pushState(null, "", address);
    byId("app").setAttribute("aria-busy", "true");
    await window.htmx.ajax("GET", dataOf(address), { target: "#app", swap: "innerHTML" });
    if (mine !== opened) return;
    byId("app").removeAttribute("aria-busy");
    window.scrollTo(0, 0);
    if (push) look();
  }

  // Where reading goes on: at the first mistake, at what was asked for, else at the top.
  function look() {
    const wanted = document.querySelector("#app [aria-invalid], #app [data-first]");
    if (wanted) wanted.focus();
    else (byId("main") ?? document.querySelector("main"))?.focus({ preventScroll: true });
  }

  const here = () => location.pathname + location.search;

  function inside(link) {
    return link.origin === location.origin && (link.pathname === HOME || link.pathname.startsWith(`${HOME}/`));
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (event.target.closest("[data-again]")) { location.reload(); return; }
    const link = event.target.closest("a[href]");
    if (!link) return;
    if (link.getAttribute("href").startsWith("#")) {
      event.preventDefault();
      byId(link.getAttribute("href").slice(1))?.focus();
    } else if (inside(link)) {
      event.preventDefault();
      open(link.pathname + link.search, { push: true });
    } else if (link.dataset.teams !== undefined) {
      event.preventDefault();
      app.openLink(link.href).catch(() => window.open(link.href, "_blank", "noopener"));
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get" || !form.getAttribute("action")) return;
    event.preventDefault();
    // A day that is typed half would count as none.
    if ([...form.elements].some((one) => one.validity?.badInput)) { form.reportValidity(); return; }
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(filled).toString();
    open(form.getAttribute("action") + (query ? `?${query}` : ""), { push: true });
  });

  window.addEventListener("popstate", () => open(here()));
  document.addEventListener("htmx:config:request", (event) => { event.detail.ctx.fetch = asked; });
  document.addEventListener("htmx:error", () => {
    if (byId("offline")) explain("offline");
    else notify(byId("lost").content.cloneNode(true));
    byId("app").removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:after:swap", () => {
    const shown = document.querySelector("#app [data-title]");
    byId("notice").hidden = true;
    if (!shown) return;
    // On a phone the places stand in one line; the one that is shown must be seen in it.
    const place = shown.querySelector(".places [aria-current]");
    if (place) {
      const line = place.closest("ul");
      line.scrollLeft = place.offsetLeft - (line.clientWidth - place.offsetWidth) / 2;
    }
    document.title = `${shown.dataset.title} · Offerdesk`;
    if (shown.lang) document.documentElement.lang = shown.lang;
    if (shown.dataset.address) history.replaceState(null, "", shown.dataset.address);
    if (posted) look();
    posted = false;
    document.dispatchEvent(new CustomEvent("tab:shown"));
  });

  async function begin() {
    try {
      await inTime(app.initialize());
    } catch {
      explain("outside");
      return;
    }
    let place = here();
    try {
      const context = await inTime(app.getContext());
      dress(context.app.theme);
      app.registerOnThemeChangeHandler(dress);
      const page = context.page.subPageId;
      if (page && location.pathname === HOME) place = `${HOME}/${page}`;
      await inTime(authentication.getAuthToken());
    } catch {
      explain("no-token");
      app.notifyFailure({ reason: "AuthFailed" });
      return;
    }
    app.notifySuccess();
    if (place !== here()) history.replaceState(null, "", place);
    await open(place);
  }

  begin();
})();
