// Fills the figure that course.py writes, whenever the reader moves one of its controls.
(() => {
  const figure = document.currentScript.closest("figure");
  const {looks, runs} = JSON.parse(figure.querySelector("script").textContent);
  const find = selector => figure.querySelector(selector);
  const [slider, select, svg, play] = ["input[type=range]", "select", "svg", "button"].map(find);
  const cells = [...figure.querySelectorAll("tbody td")];
  const HIGHEST = 1;  // above it a cell does not get darker

  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
  // In hundredths, written as in the book: .48, −.06, 1.25; never −.00.
  const weight = value => (Math.round(value) < 0 ? "−" : "") +
    Math.abs(Math.round(value) / 100).toFixed(2).replace(/^0/, "");
  const share = value => `${(value / 10).toFixed(1)} %`;

  // What the chosen networks have in common: the mean over them, of any number that each has.
  const over = (networks, number) => mean(networks.map(number));
  // The mean absolute weight with which parts of the main task take from those of the other.
  const taken = (weights, layer) =>
    mean([2, 3, 6, 7].map(place => Math.abs(weights[16 * layer + place])));

  function state() {
    const run = runs[find("input[type=radio]:checked").value];
    const all = run.weights.map((_, n) => n);
    const chosen = select.value === "" ? all : [Number(select.value)];
    const look = Number(slider.value);
    return {run, all, chosen, look};
  }

  function fill({run, chosen, look}) {
    cells.forEach((cell, place) => {
      const value = over(chosen, n => run.weights[n][look][place]);
      cell.textContent = weight(value);
      cell.classList.toggle("negative", value < 0);
      cell.style.setProperty("--share", Math.min(Math.abs(value / 100) / HIGHEST, 1).toFixed(3));
    });
  }

  function say({run, chosen, look}) {
    const at = number => over(chosen, n => number(run.weights[n][look], n));
    const wrong = look ? share(over(chosen, n => run.error[n][look])) + " of labels wrong" :
      "the start";
    find("b").textContent = looks[look];
    slider.setAttribute("aria-valuetext", `${looks[look]} updates`);
    find(".course-state").textContent =
      `${looks[look]} updates, ${run.label} task: ${wrong}. Signs aside, a part of main takes ` +
      `${weight(at(w => taken(w, 0)))} from a part of aux at layer 1 and ` +
      `${weight(at(w => taken(w, 1)))} at layer 2. Main’s β: ${weight(at(w => w[32]))} and ` +
      `${weight(at(w => w[33]))}.`;
  }

  function draw({run, all, chosen, look}) {
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const [left, right, top, bottom] = [34, width - 14, 12, height - 22];
    // One logarithmic scale for all runs.
    const errors = runs.flatMap(one => one.error.flatMap(network => network.slice(1)));
    const [lowest, highest] = [Math.max(1, Math.min(...errors)), Math.max(2, ...errors)];
    const x = step => left + (right - left) * step / looks.at(-1);
    const y = value => bottom -
      (bottom - top) * Math.log(Math.max(value, lowest) / lowest) / Math.log(highest / lowest);
    const line = (number, kind) => `<polyline class="${kind}" points="` +
      looks.map((step, i) => i ? `${x(step)},${y(number(i))}` : "").join(" ") + '"/>';
    const now = i => over(chosen, n => run.error[n][i]);
    const shown = [20, 50, 100, 200, 500].filter(v => lowest <= v && v <= highest);
    const ticks = shown.map(value =>
      `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${left - 5}" y="${y(value) + 4}" text-anchor="end">${value / 10} %</text>`);
    const steps = [0, looks.at(-1) / 2, looks.at(-1)].map(step =>
      `<text x="${x(step)}" y="${height - 6}" text-anchor="middle">${step}</text>`);
    const mark = `<line class="now" x1="${x(looks[look])}" x2="${x(looks[look])}"` +
      ` y1="${top}" y2="${bottom}"/>` +
      (look ? `<circle cx="${x(looks[look])}" cy="${y(now(look))}" r="5"/>` : "");
    svg.setAttribute("aria-label",
      `Share of wrong labels over ${looks.at(-1)} updates, from ${share(now(1))} after ` +
      `${looks[1]} to ${share(now(looks.length - 1))} at the end`);
    svg.innerHTML = ticks.join("") + steps.join("") +
      all.map(n => line(i => run.error[n][i], "one")).join("") + line(now, "chosen") + mark;
  }

  const update = () => [fill, say, draw].forEach(part => part(state()));

  // From the look that is shown on, or from the start if that is the last; a second press stops.
  const STEP = 700;  // milliseconds
  let playing = 0;
  function stop() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
  }
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (slider.value === slider.max) slider.value = 0;
    play.textContent = "Stop";
    update();
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      update();
      if (slider.value === slider.max) stop();
    }, STEP);
  });
  figure.hidden = false;
  figure.addEventListener("input", update);
  slider.addEventListener("input", stop);
  new ResizeObserver(() => draw(state())).observe(svg);
  update();
})();
