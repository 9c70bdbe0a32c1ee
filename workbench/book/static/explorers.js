// Explorers stand in frames that say how tall they are.
window.addEventListener("message", (event) => {
  const height = event.data?.explorerHeight;
  if (!Number.isFinite(height)) return;
  for (const frame of document.querySelectorAll("iframe.explorer"))
    if (frame.contentWindow === event.source) frame.style.height = `${Math.ceil(height) + 4}px`;
});
