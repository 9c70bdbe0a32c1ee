// The page of precomputed answers: controls choose a combination of values, and its pictures are shown.
(async () => {
  const packed = atob(document.getElementById("packed").textContent.trim());
  const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const page = await new Response(stream).json();
  const chosen = page.axes.map((axis) => axis.start);
  const refreshers = [];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const form = document.getElementById("controls");
  const holder = document.getElementById("panels");
  const panels = {};

  const choose = (i, index) => {
    if (index < 0 || index === chosen[i]) return;
    chosen[i] = index;
    hide();
    show();
  };

  page.axes.forEach((axis, i) => {
    if (axis.values.length < 2) return;
    if (axis.kind === "subset") {
      const boxes = axis.options.map((name) => {
        const box = make("input", { type: "checkbox", name });
        box.addEventListener("change", () => {
          const wanted = axis.options.filter((option, j) => boxes[j].checked);
          const index = axis.values.findIndex((value) => JSON.stringify(value) === JSON.stringify(wanted));
          if (index < 0) refresh(); // a subset that the page does not hold
          else choose(i, index);
        });
        return box;
      });
      const refresh = () =>
        axis.options.forEach((name, j) => { boxes[j].checked = axis.values[chosen[i]].includes(name); });
      refreshers.push(refresh);
      form.append(make("fieldset", {}, make("legend", { textContent: axis.label }),
        ...axis.options.map((name, j) => make("label", {}, boxes[j], name))));
    } else if (axis.kind === "choice") {
      const menu = make("select", { name: axis.name });
      axis.texts.forEach((text, j) => menu.append(make("option", { value: j, textContent: text })));
      menu.addEventListener("change", () => choose(i, +menu.value));
      refreshers.push(() => { menu.value = chosen[i]; });
      form.append(make("label", {}, axis.label, menu));
    } else {
      const slider = make("input", { type: "range", name: axis.name, min: 0, max: axis.values.length - 1 });
      const said = make("output");
      slider.addEventListener("input", () => choose(i, +slider.value));
      refreshers.push(() => { slider.value = chosen[i]; said.textContent = axis.texts[chosen[i]]; });
      form.append(make("label", {}, axis.label, slider, said));
    }
  });

  const predict = make("input", { type: "checkbox", name: "predict", checked: page.predict });
  const reveal = make("button", { type: "button", textContent: "reveal" });
  const hide = () => {
    holder.classList.toggle("hidden-answer", predict.checked);
    reveal.hidden = !predict.checked;
  };
  predict.addEventListener("change", () => { hide(); show(); });
  reveal.addEventListener("click", () => {
    holder.classList.remove("hidden-answer");
    reveal.hidden = true;
    show();
  });
  if (page.answers.length) form.append(make("label", {}, predict, "predict first"), reveal);

  for (const names of page.sheet) {
    const row = make("div", { className: "row" });
    for (const name of names) {
      panels[name] = make("div", { className: "panel wb-svg" });
      panels[name].dataset.panel = name;
      if (page.answers.includes(name)) panels[name].classList.add("answer");
      row.append(panels[name]);
    }
    holder.append(row);
  }

  const press = (target) => {
    const i = page.axes.findIndex((axis) => axis.kind === "subset");
    const hit = target.closest("[data-key]");
    if (hit && i >= 0)
      choose(i, page.axes[i].values.findIndex((value) => JSON.stringify(value) === hit.dataset.key));
  };
  holder.addEventListener("click", (event) => press(event.target));
  holder.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) {
      const hit = event.target.closest("[data-key]");
      if (hit) neighbour(hit.closest(".panel"), hit, event.key)?.focus();
    } else if (event.key === "Enter" || event.key === " ") press(event.target);
    else return;
    event.preventDefault();
  });

  // A blank of the same size: what is to be predicted is nowhere on the page.
  function cover(text) {
    const [width, height] = ["width", "height"].map((side) => text.match(`${side}="([\\d.]+)"`)?.[1] ?? 0);
    return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"
      aria-label="to be predicted" style="max-width:${width}px"><rect width="100%" height="100%" rx="8"
      fill="#f4f4f4"/><text x="50%" y="50%" text-anchor="middle" fill="#6b6b6b" font-size="14">Predict first:
      what will stand here?</text></svg>`;
  }

  function show() {
    const number = page.axes.reduce((sum, axis, i) => sum * axis.values.length + chosen[i], 0);
    const frame = page.frames[number];
    const hidden = holder.classList.contains("hidden-answer");
    document.getElementById("said").textContent = hidden ? "What will it show? Decide, then reveal." : frame.sentence;
    for (const [name, panel] of Object.entries(panels)) {
      const place = frame.panels[name];
      const text = place === undefined ? "" : page.texts[place];
      draw(panel, hidden && page.answers.includes(name) ? cover(text) : text);
      // Its own width where there is room; side by side as long as they fit.
      panel.style.flexBasis = `${panel.firstChild?.getAttribute?.("width") ?? 0}px`;
    }
    refreshers.forEach((refresh) => refresh());
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  hide();
  show();
  // Within another page: tell it how tall this one is, so that it needs no second scroll bar.
  if (window.parent !== window) {
    const tell = () => window.parent.postMessage({ explorerHeight: document.body.offsetHeight }, "*");
    new ResizeObserver(tell).observe(document.body);
  }
})();
