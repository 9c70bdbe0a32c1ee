// One press copies the text; it is shown as well, selected, where the page may not use the clipboard.
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    button.className = "jupyter-widgets jupyter-button widget-button wb-copy";
    button.style.width = "auto";
    button.textContent = model.get("label");
    button.title = model.get("hint");
    const line = document.createElement("input");
    line.readOnly = true;
    line.hidden = true;
    line.className = "wb-copied";
    line.setAttribute("aria-label", "the copied line of Python");
    line.style.cssText = "width: 34em; max-width: 100%; font-family: monospace; font-size: 12px; margin: 2px";
    const refresh = () => { line.value = model.get("text"); };
    model.on("change:text", refresh);
    refresh();
    button.addEventListener("click", async () => {
      line.hidden = false;
      line.select();
      let copied = true;
      try { await navigator.clipboard.writeText(line.value); } catch { copied = document.execCommand("copy"); }
      button.textContent = copied ? "copied" : "press Ctrl-C";
      setTimeout(() => { button.textContent = model.get("label"); }, 1500);
    });
    el.append(button, line);
  },
};
