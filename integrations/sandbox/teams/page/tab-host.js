// The frame that Teams puts around a personal tab: answers the messages of the Teams library for one persona.
const asked = new URLSearchParams(location.search);
const frame = document.getElementById("tab");
const persona = asked.get("persona") ?? "";
const theme = asked.get("theme") ?? "light";
const THEMES = { light: "default", dark: "dark", contrast: "contrast" };

async function token() {
  const response = await fetch(`api/${encodeURIComponent(persona)}/tab-token`, { method: "POST" });
  const answer = await response.json();
  return response.ok ? [true, answer.token] : [false, answer.error?.message ?? `HTTP ${response.status}`];
}

function context(person) {
  return {
    entityId: "my-day", subEntityId: asked.get("sub") ?? "", locale: person.language === "en" ? "en-GB" : "fr-FR",
    theme: THEMES[document.documentElement.dataset.theme] ?? "default", hostClientType: "web", hostName: "Teams",
    userObjectId: person.aadObjectId, tid: person.tenantId, frameContext: "content", sessionId: "demonstration",
  };
}

const RUNTIME = JSON.stringify({
  apiVersion: 4, isLegacyTeams: false, hostVersionsInfo: {}, supports: { pages: {}, appInstallDialog: {} },
});
const ANSWERS = {
  initialize: () => ["content", "web", RUNTIME, "2.58.0"],
  getContext: (person) => [context(person)],
  "authentication.getAuthToken": token,
  executeDeepLink: () => [true],
};

function dress(chosen) {
  document.documentElement.dataset.theme = chosen;
  frame.contentWindow?.postMessage({ func: "themeChange", args: [THEMES[chosen] ?? "default"] }, location.origin);
}

async function begin() {
  const people = await (await fetch("api/personas")).json();
  const person = people.find((one) => one.key === persona);
  document.documentElement.dataset.theme = theme;
  document.getElementById("me").textContent = person?.name ?? "";
  document.title = `${person?.name ?? ""} · Offerdesk`;
  window.addEventListener("message", async ({ data, source, origin }) => {
    if (source !== frame.contentWindow || origin !== location.origin || typeof data?.id !== "number") return;
    const args = await (ANSWERS[data.func] ?? (() => [true]))(person);
    source.postMessage({ id: data.id, uuidAsString: data.uuidAsString, args }, origin);
  });
  window.addEventListener("tab-theme", ({ detail }) => dress(detail));
  if (person) frame.src = asked.get("page") ?? "/tab";
}

begin();
