// Draws every chart of a page in the colours of the theme, and saves one as a picture.
(() => {
  const drawn = new Map();
  let loading = null;

  function library() {
    loading ??= new Promise((ready, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: "/tab/static/chart.js", onload: () => ready(window.Chart), onerror: failed });
      document.head.append(script);
    });
    return loading;
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const CURRENCY = /^[A-Z]{3}$/;
  const number = (value) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 }).format(value);

  function told(value, unit) {
    if (!CURRENCY.test(unit)) return `${number(value)}${unit ? `\u00a0${unit}` : ""}`;
    const form = { style: "currency", currency: unit, maximumFractionDigits: 0 };
    return new Intl.NumberFormat(document.documentElement.lang, form).format(value);
  }

  function settings(chart) {
    const text = colour("text");
    const grid = colour("stroke");
    const lying = chart.lying;
    const values = {
      beginAtZero: true, stacked: chart.stacked, grid: { color: grid },
      ticks: { color: text, callback: (value) => told(value, chart.unit) },
    };
    const names = { stacked: chart.stacked, grid: { display: false }, ticks: { color: text, autoSkip: !lying } };
    return {
      type: "bar",
      data: {
        labels: chart.labels,
        datasets: chart.series.map((one) => ({
          label: one.name, data: one.values, backgroundColor: colour(`chart-${one.tone}`), borderRadius: 3, maxBarThickness: 28,
          // Few groups stay together instead of standing at the ends of the picture.
          categoryPercentage: lying ? 0.8 : Math.min(0.8, 0.1 * chart.labels.length),
        })),
      },
      options: {
        indexAxis: lying ? "y" : "x",
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        scales: lying ? { x: values, y: names } : { x: names, y: values },
        plugins: {
          legend: { display: chart.series.length > 1, labels: { color: text, boxWidth: 14 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${told(item.parsed[lying ? "x" : "y"] ?? 0, chart.unit)}` } },
        },
      },
    };
  }

  async function draw() {
    for (const [canvas, chart] of drawn) {
      chart.destroy();
      drawn.delete(canvas);
    }
    const canvases = [...document.querySelectorAll("canvas[data-chart]")];
    if (!canvases.length) return;
    const Chart = await library();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const canvas of canvases.filter((one) => one.isConnected && !drawn.has(one))) {
      const chart = JSON.parse(canvas.dataset.chart);
      const bars = chart.labels.length * (chart.stacked ? 1 : chart.series.length);
      canvas.parentElement.style.height = chart.lying ? `${Math.max(120, 64 + bars * 22)}px` : "220px";
      drawn.set(canvas, new Chart(canvas, settings(chart)));
    }
  }

  function save(button) {
    const canvas = button.closest("figure").querySelector("canvas");
    const picture = document.createElement("canvas");
    Object.assign(picture, { width: canvas.width, height: canvas.height });
    const pen = picture.getContext("2d");
    pen.fillStyle = colour("surface");
    pen.fillRect(0, 0, picture.width, picture.height);
    pen.drawImage(canvas, 0, 0);
    Object.assign(document.createElement("a"), { download: `${button.dataset.picture}.png`, href: picture.toDataURL("image/png") }).click();
  }

  document.addEventListener("tab:shown", draw);
  document.addEventListener("tab:dressed", draw);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picture]");
    if (button) save(button);
  });
})();
