// This page speaks to its own server alone. The Teams library would look for a newer list of hosts elsewhere as soon as
// it is loaded; it has one of its own and falls back to it.
(() => {
  const ask = window.fetch.bind(window);
  window.fetch = (address, options) => {
    const url = new URL(address instanceof Request ? address.url : address, location.href);
    if (url.origin !== location.origin) return Promise.reject(new TypeError("Only our own server is asked."));
    return ask(address, options);
  };
})();
