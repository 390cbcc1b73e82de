// Cards drawn by Microsoft's renderer, set up to behave as it does inside Teams.
import { registerCharts } from "./charts.js";
import { hostConfigOf } from "./host-config.js";

const { AdaptiveCards, markdownit } = window;
// The Markdown that Teams draws: bold, italic, lists and links; nothing else, and no HTML.
const MARKDOWN = markdownit({ html: false, linkify: false, breaks: true })
  .disable(["heading", "lheading", "table", "image", "blockquote", "code", "fence", "hr", "html_block"], true);
let mentioned = new Set();

AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = MARKDOWN.render(text).replace(/&lt;at&gt;(.*?)&lt;\/at&gt;/g, (whole, name) =>
    mentioned.has(name) ? `<span class="mention">${name}</span>` : name);
  result.didProcess = true;
};

// The renderer refuses an empty optional number that has a minimum or maximum; Teams takes it.
const numberIsValid = AdaptiveCards.NumberInput.prototype.isValid;
AdaptiveCards.NumberInput.prototype.isValid = function isValid() {
  return (this.value === undefined || Number.isNaN(this.value)) && !this.isRequired ? true : numberIsValid.call(this);
};

registerCharts(AdaptiveCards);

export function speak(words) {
  AdaptiveCards.Strings.defaults.overflowButtonText = () => "…";
  AdaptiveCards.Strings.defaults.overflowButtonTooltip = () => words.more;
}

// A people picker asks Teams for the members of the conversation; here these are the personas.
function withPeople(node, people) {
  if (Array.isArray(node)) return node.map((item) => withPeople(item, people));
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withPeople(value, people)]));
  const query = node["choices.data"];
  if (node.type === "Input.ChoiceSet" && query?.dataset?.startsWith("graph.microsoft.com/users")) {
    delete copy["choices.data"];
    const own = node.choices ?? [];
    const known = new Set(own.map((choice) => choice.value));
    const others = people.filter((person) => !known.has(person.aadObjectId));
    copy.choices = [...own, ...others.map((person) => ({ title: person.name, value: person.aadObjectId }))];
    if (!node.isMultiSelect) copy.style = "compact";
  } else if (query) {
    // The renderer's own search sends the titles it found instead of their values; `searchWhileTyping` does it here.
    delete copy["choices.data"];
  }
  return copy;
}

function typedIn(card, action) {
  const data = action.data && typeof action.data === "object" ? action.data : {};
  const ids = new Set(card.getAllInputs(true).map((input) => input.id));
  const inputs = {};
  const fixed = {};
  for (const [name, value] of Object.entries(data)) {
    if (!ids.has(name)) fixed[name] = value;
    else if (value !== undefined && value !== null && !Number.isNaN(value)) inputs[name] = String(value);
  }
  return { fixed, inputs };
}

function pressed(card, action) {
  const type = action.getJsonTypeName();
  const { fixed, inputs } = typedIn(card, action);
  const kept = { type, id: action.id, title: action.title, verb: action.verb, data: fixed };
  return { action: JSON.parse(JSON.stringify(kept)), inputs };
}

const SEARCH_AFTER_MS = 250;

// Inputs that look through one of the bot's data sets: the list under the field grows with what the bot finds.
function searchWhileTyping(input, choicesOf) {
  const field = input.renderedInputControlElement?.querySelector("input");
  const list = input.renderedInputControlElement?.querySelector("datalist");
  if (!field || !list) return;
  // The renderer names the box around the field; who listens to the page needs the field named.
  if (input.label) field.setAttribute("aria-label", input.label);
  // The renderer writes the value of a picked choice into the field; Teams shows its title.
  const picked = input.choices.find((choice) => choice.value === field.value);
  if (picked) field.value = picked.title;
  let asked = null;
  let waiting = 0;
  const take = (found) => {
    for (const { value, title } of found) {
      if (input.choices.some((choice) => choice.value === value)) continue;
      input.choices.push(new AdaptiveCards.Choice(title, value));
      list.append(Object.assign(document.createElement("option"), { value: title }));
    }
    list.dataset.found = String(found.length);
  };
  field.addEventListener("input", () => {
    if (input.label) field.setAttribute("aria-label", input.label);
    clearTimeout(waiting);
    const text = field.value.trim();
    if (!text || text === asked || input.choices.some((choice) => choice.title === text)) return;
    waiting = setTimeout(async () => {
      asked = text;
      const found = await choicesOf(input.id, text);
      if (asked === text) take(found);
    }, SEARCH_AFTER_MS);
  });
}

function searched(node, found = []) {
  if (Array.isArray(node)) node.forEach((item) => searched(item, found));
  else if (node !== null && typeof node === "object") {
    const dataset = node["choices.data"]?.dataset;
    if (node.type === "Input.ChoiceSet" && dataset && !dataset.startsWith("graph.microsoft.com/")) found.push(node.id);
    Object.values(node).forEach((value) => searched(value, found));
  }
  return found;
}

// Draws `content`; `onPress({action, inputs})` is called for what leaves the client, `choicesOf(input, text)` gives
// what an input that is searched while typing may hold.
export function draw(content, { theme, people, narrow = false, onPress, choicesOf = async () => [] }) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(hostConfigOf(theme, narrow));
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) {
      window.open(action.url, "_blank", "noopener");
    } else if (!(action instanceof AdaptiveCards.ShowCardAction || action instanceof AdaptiveCards.ToggleVisibilityAction)) {
      onPress(pressed(card, action));
    }
  };
  const names = (content.msteams?.entities ?? []).map((entity) => entity.mentioned?.name).filter(Boolean);
  mentioned = new Set(names.map((name) => MARKDOWN.utils.escapeHtml(name)));
  card.parse(withPeople(content, people));
  const element = card.render();
  const searching = new Set(searched(content));
  for (const input of card.getAllInputs(true)) if (searching.has(input.id)) searchWhileTyping(input, choicesOf);
  element.classList.toggle("full", content.msteams?.width === "Full");
  for (const link of element.querySelectorAll("a[href]")) Object.assign(link, { target: "_blank", rel: "noopener" });
  return element;
}
