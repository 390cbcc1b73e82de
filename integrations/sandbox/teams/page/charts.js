// Teams draws charts and progress bars itself; Microsoft's public renderer does not know them. These are simple ones of
// the same kind, so that pictures show what a person sees in Teams.

const COLORS = {
  good: "#13a10e", warning: "#f7a300", attention: "#d13438", neutral: "#8a8a8a", categoricalBlue: "#4f6bed",
  categoricalLightBlue: "#3a96dd", categoricalTeal: "#038387", categoricalGreen: "#498205", categoricalLime: "#73aa24",
  categoricalMarigold: "#e3a200", categoricalRed: "#d13438", categoricalPurple: "#8764b8", categoricalLavender: "#7160e8",
};
const PROGRESS = { accent: "var(--accent)", good: COLORS.good, warning: COLORS.warning, attention: COLORS.attention };
const RING = 100;

function made(kind, name, ...children) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

function filled(element, color, size, side = "width") {
  element.style.background = COLORS[color] ?? COLORS.categoricalBlue;
  element.style[side] = `${size}%`;
  return element;
}

const shown = (value) => Number(value).toLocaleString(document.documentElement.lang || "fr");

function legend(entries) {
  return made("div", "chart-legend", ...entries.map(([name, color]) =>
    made("span", "", filled(made("i", ""), color, RING, "height"), name)));
}

function upright(groups, most) {
  const columns = groups.map(([name, bars]) => made("div", "chart-column",
    made("div", "chart-bars", ...bars.map(([value, color]) => {
      const bar = filled(made("b", ""), color, (value / most) * RING, "height");
      return made("div", "", made("small", "", value ? shown(value) : ""), bar);
    })),
    made("small", "chart-label", name)));
  return made("div", "chart-upright", ...columns);
}

function lying(rows, most) {
  return made("div", "chart-lying", ...rows.map(([name, pieces]) => {
    const total = pieces.reduce((sum, [value]) => sum + value, 0);
    const bar = made("div", "chart-bar", ...pieces.map(([value, color]) => filled(made("b", ""), color, (value / most) * RING)));
    return made("div", "", made("div", "chart-name", made("span", "", name), made("small", "", shown(total))), bar);
  }));
}

function ring(slices, middle) {
  const whole = slices.reduce((sum, slice) => sum + slice.value, 0) || 1;
  let from = 0;
  const stops = slices.map((slice) => {
    const start = from;
    from += (slice.value / whole) * RING;
    return `${COLORS[slice.color] ?? COLORS.categoricalBlue} ${start}% ${from}%`;
  });
  const drawn = made("div", "chart-ring", made("span", "", middle ?? ""));
  drawn.style.background = `conic-gradient(${stops.join(", ")})`;
  return made("div", "chart-round", drawn, legend(slices.map((slice) => [`${slice.legend} ${shown(slice.value)}`, slice.color])));
}

function crossed(series) {
  const labels = [...new Set(series.flatMap((one) => one.values.map((point) => point.x)))];
  const value = (one, label) => one.values.find((point) => point.x === label)?.y ?? 0;
  const groups = labels.map((label) => [label, series.map((one) => [value(one, label), one.color])]);
  const most = Math.max(...groups.flatMap(([, bars]) => bars.map(([height]) => height)), 1);
  return [upright(groups, most), legend(series.map((one) => [one.legend, one.color]))];
}

const DRAWN = {
  "Chart.VerticalBar": ({ data, color }) => {
    const most = Math.max(...data.map((point) => point.y), 1);
    return [upright(data.map((point) => [point.x, [[point.y, point.color ?? color]]]), most)];
  },
  "Chart.HorizontalBar": ({ data, color }) => {
    const most = Math.max(...data.map((point) => point.y), 1);
    return [lying(data.map((point) => [point.x, [[point.y, point.color ?? color]]]), most)];
  },
  "Chart.HorizontalBar.Stacked": ({ data }) => {
    const sums = data.map((row) => row.data.reduce((sum, point) => sum + point.value, 0));
    const rows = data.map((row) => [row.title, row.data.map((point) => [point.value, point.color])]);
    const names = new Map(data.flatMap((row) => row.data.map((point) => [point.legend, point.color])));
    return [lying(rows, Math.max(...sums, 1)), legend([...names])];
  },
  "Chart.VerticalBar.Grouped": ({ data }) => crossed(data),
  "Chart.Line": ({ data }) => crossed(data),
  "Chart.Donut": ({ data, value }) => [ring(data, value)],
  "Chart.Gauge": ({ segments, value, max }) => [ring(
    segments.map((segment) => ({ ...segment, value: segment.size })), `${Math.round((value / (max || 1)) * RING)} %`)],
};

function progress({ value = 0, max = RING, color = "accent" }) {
  const bar = filled(made("b", ""), "", (value / (max || 1)) * RING);
  bar.style.background = PROGRESS[color.toLowerCase()] ?? PROGRESS.accent;
  const drawn = made("div", "chart-progress", bar);
  Object.assign(drawn, { role: "progressbar", ariaValueNow: String(value), ariaValueMax: String(max) });
  return drawn;
}

function chart(source) {
  const title = source.showTitle ? [made("div", "chart-title", source.title)] : [];
  const drawn = made("div", "chart", ...title, ...DRAWN[source.type](source));
  Object.assign(drawn, { role: "img", ariaLabel: source.title ?? "" });
  return drawn;
}

export function registerCharts(AdaptiveCards) {
  for (const name of [...Object.keys(DRAWN), "ProgressBar"]) {
    class Drawn extends AdaptiveCards.CardElement {
      getJsonTypeName() { return name; }

      internalParse(source, context) {
        super.internalParse(source, context);
        this.source = source;
      }

      internalRender() { return name === "ProgressBar" ? progress(this.source) : chart(this.source); }
    }
    AdaptiveCards.GlobalRegistry.elements.register(name, Drawn);
  }
}
