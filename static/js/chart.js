// The chart of a station: a panel a parameter over one time axis, drawn by Plotly from the API's
// series. Words and parameters come from the page (components/chart.html), colours from the tokens.
(() => {
  "use strict";
  const MINUTE = 60000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  const VIETNAM = 7 * HOUR;
  const SPANS = { "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, year: 365 * DAY };
  const POINTS = 2000;
  const PANEL = 164; // pixels of one panel, its rail and the gap below it included
  const PAPER = 680; // px: an upright A4 between its margins
  const RAIL = 14;
  const GAP = 30;
  const STATUS_STATES = { "01": "calibrating", "02": "device_fault" };

  const home = document.getElementById("chart");
  if (!home) return;
  const plot = home.querySelector(".chart-plot");
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const say = (name) => home.dataset[`say${name}`] || "";
  const language = (home.dataset.language || "vi").startsWith("en") ? "en" : "vi";
  const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });

  // Time: moments as numbers; what Plotly is given are Vietnamese clock times without a zone.
  const parse = (text) => Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00+07:00` : text);
  const clock = (moment) => new Date(moment + VIETNAM).toISOString().slice(0, 19);
  const iso = (moment) => `${clock(moment)}+07:00`;
  const dayOf = (moment) => clock(moment).slice(0, 10);
  const fromClock = (text) =>
    Date.parse(`${text.length === 10 ? `${text} 00:00` : text}Z`.replace(" ", "T")) - VIETNAM;
  const shown = (moment) => {
    const [, month, day, hours] = clock(moment).match(/\d{4}-(\d\d)-(\d\d)T(\d\d:\d\d)/);
    return `${day}/${month} ${hours}`;
  };

  // The state of the chart lives in the address.
  const now = () => parse(data.now);
  const readAddress = () => {
    const query = new URLSearchParams(location.search);
    const chosen = query.get("parameters");
    const span = query.get("span");
    const wanted = {
      span: SPANS[span] ? span : "24h",
      step: ["raw", "hour", "day"].includes(query.get("step")) ? query.get("step") : "",
      shown: chosen ? chosen.split("~") : data.parameters.filter((p) => p.shown).map((p) => p.symbol),
    };
    const from = parse(query.get("from") || "");
    const to = parse(query.get("to") || "");
    if (from && to && from < to) return { ...wanted, span: "", from, to };
    return { ...wanted, ...lastOf(wanted.span) };
  };
  const lastOf = (span) => ({ from: now() - SPANS[span], to: now() });
  const writeAddress = (state) => {
    const query = new URLSearchParams();
    if (state.span) query.set("span", state.span);
    else {
      query.set("from", iso(state.from));
      query.set("to", iso(state.to));
    }
    if (state.step) query.set("step", state.step);
    query.set("parameters", state.shown.join("~"));
    history.replaceState(null, "", `?${query}`);
  };
  const stepOf = (state) => {
    if (state.step) return state.step;
    const span = state.to - state.from;
    if (span <= 8 * DAY) return "raw";
    return span <= 62 * DAY ? "hour" : "day";
  };

  // Colours: a token may be light-dark(), so ask the browser what it comes to.
  const probe = document.createElement("span");
  probe.hidden = true;
  home.append(probe);
  const colour = (token) => {
    probe.style.color = `var(--${token})`;
    const [red, green, blue, alpha] = toRgb(getComputedStyle(probe).color);
    return `rgba(${red},${green},${blue},${alpha})`;
  };
  const toRgb = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return [...parts.slice(0, 3).map((part) => Math.round(part * scale)), parts[3] ?? 1];
  };

  const fetchSeries = async (parameter, state, signal) => {
    const query = new URLSearchParams({
      parameter: parameter.symbol,
      from: iso(state.from),
      to: iso(state.to),
      step: stepOf(state),
      points: String(POINTS),
    });
    const answer = await fetch(`${data.url}?${query}`, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };

  // How far apart two points may be before the line is broken.
  const longestStep = (series, parameter, state) => {
    const step = { raw: parameter.interval_minutes * MINUTE, hour: HOUR, day: DAY }[stepOf(state)];
    const reduced = series.time.length > POINTS / 2 ? (state.to - state.from) / (POINTS / 2) : 0;
    return 2.5 * Math.max(step, reduced);
  };

  // The values that count, with a break wherever there is nothing for too long.
  const lineOf = (series, parameter, state) => {
    const line = { x: [], y: [] };
    const most = longestStep(series, parameter, state);
    const width = { raw: 0, hour: HOUR, day: DAY }[stepOf(state)];
    let last = null;
    series.time.forEach((text, place) => {
      const value = series.value[place];
      const counts = value !== null && (!series.status || series.status[place] === "00");
      if (!counts) return;
      const at = parse(text);
      if (last !== null && at - last > most) {
        if (width) push(line, last + width, line.y.at(-1));
        push(line, last + width + 1000, null);
      }
      push(line, at, value);
      last = at;
    });
    if (last !== null && width) push(line, last + width, line.y.at(-1));
    return line;
  };
  const push = (line, at, value) => {
    line.x.push(clock(at));
    line.y.push(value);
  };

  // Runs of a status, and gaps between readings: [{from, to, status}], status "gap" for nothing.
  const bandsOf = (series, parameter, state) => {
    const bands = [];
    const most = longestStep(series, parameter, state);
    const step = { raw: parameter.interval_minutes * MINUTE, hour: HOUR, day: DAY }[stepOf(state)];
    let last = state.from - step;
    series.time.forEach((text, place) => {
      const at = parse(text);
      if (at - last > most) bands.push({ from: last + step, to: at, status: "gap" });
      const status = series.status ? series.status[place] : "00";
      const run = bands.at(-1);
      if (status !== "00") {
        if (run && run.status === status && run.to >= last) run.to = at + step;
        else bands.push({ from: at, to: at + step, status });
      }
      last = at;
    });
    const end = Math.min(state.to, now());
    if (end - last > most) bands.push({ from: Math.min(last + step, end), to: end, status: "gap" });
    return bands;
  };

  const axisOf = (place) => (place === 0 ? "" : String(place + 1));
  const panelAxis = (place) => `y${axisOf(2 * place)}`;
  const railAxis = (place) => `y${axisOf(2 * place + 1)}`;
  const layoutAxis = (axis) => axis.replace("y", "yaxis");

  const bandTraces = (bands, parameter, place) => {
    const words = { gap: say("Gap"), "01": say("Status-01"), "02": say("Status-02") };
    return [...new Set(bands.map((band) => band.status))].map((status) => {
      const word = words[status] || say("StatusOther");
      const trace = { x: [], y: [], text: [] };
      for (const band of bands.filter((b) => b.status === status)) {
        const told = `<b>${parameter.symbol}</b> ${word.toLowerCase()} ${shown(band.from)} – ${shown(band.to)}`;
        trace.x.push(clock(band.from), clock((band.from + band.to) / 2), clock(band.to), null);
        trace.y.push(0, 0, 0, null);
        trace.text.push(told, told, told, "");
      }
      const state = STATUS_STATES[status] || "silent";
      return {
        ...trace,
        type: "scatter",
        mode: "lines",
        yaxis: railAxis(place),
        line: { color: colour(state), width: status === "gap" ? 1.5 : 6, dash: { gap: "dot", "02": "7px,3px" }[status] || "solid" },
        hovertemplate: "%{text}<extra></extra>",
        name: word,
      };
    });
  };

  const SYMBOLS = { exceeded: "diamond", early_warning: "triangle-up", silent: "circle-open", device_fault: "x", calibrating: "square", maintenance: "line-ew-open" };
  // A case of the whole station stands on every panel's rail, and is told once.
  const alertTraces = (parameter, place, state) => {
    const within = data.alerts.filter((alert) => parse(alert.at) >= state.from && parse(alert.at) < state.to);
    const own = within.filter((alert) => alert.parameter === parameter.symbol);
    const whole = within.filter((alert) => alert.parameter === null);
    return [alertTrace(own, place), { ...alertTrace(whole, place), ...(place ? { hoverinfo: "skip", hovertemplate: null } : {}) }];
  };
  const alertTrace = (alerts, place) => ({
    x: alerts.map((alert) => clock(parse(alert.at))),
    y: alerts.map(() => 0),
    text: alerts.map((alert) => alert.text),
    customdata: alerts.map((alert) => alert.url),
    type: "scatter",
    mode: "markers",
    yaxis: railAxis(place),
    cliponaxis: false,
    marker: {
      size: 10,
      symbol: alerts.map((alert) => SYMBOLS[alert.state] || "square-open"),
      color: alerts.map((alert) => colour(alert.state)),
      line: { width: alerts.map((alert) => ((SYMBOLS[alert.state] || "-open").endsWith("open") ? 2 : 0)) },
    },
    hovertemplate: "%{text}<extra></extra>",
  });

  // What officers excluded from the approved data: a neutral band behind the line, told on its edge.
  const excludedShapes = (series, place, state) =>
    (series.excluded || []).map((span) => ({
      type: "rect", layer: "below", xref: "x", yref: `${panelAxis(place)} domain`, y0: 0, y1: 1,
      x0: clock(Math.max(parse(span.from), state.from)), x1: clock(Math.min(parse(span.to), state.to)),
      fillcolor: colour("excluded"), line: { width: 0 },
    }));
  const excludedTrace = (series, parameter, place, state) => {
    const trace = { x: [], y: [], text: [] };
    for (const span of series.excluded || []) {
      const told = `<b>${parameter.symbol}</b> ${say("Excluded").toLowerCase()}: ${say(`Why-${span.why}`)} ${shown(parse(span.from))} – ${shown(parse(span.to))}`;
      const [from, to] = [Math.max(parse(span.from), state.from), Math.min(parse(span.to), state.to)];
      trace.x.push(clock(from), clock((from + to) / 2), clock(to), null);
      trace.y.push(0.7, 0.7, 0.7, null);
      trace.text.push(told, told, told, "");
    }
    return { ...trace, type: "scatter", mode: "lines", yaxis: railAxis(place), line: { color: colour("control"), width: 3 }, hovertemplate: "%{text}<extra></extra>" };
  };

  // Announced work and stops: a tinted band, told on its edge; lighter while nobody decided.
  const worksOf = (parameter, state) =>
    (data.works || [])
      .filter((work) => !work.parameters.length || work.parameters.includes(parameter.symbol))
      .map((work) => ({ ...work, x0: Math.max(parse(work.from), state.from), x1: Math.min(parse(work.to), state.to) }))
      .filter((work) => work.x0 < work.x1);
  const workShapes = (parameter, place, state) =>
    worksOf(parameter, state).map((work) => ({
      type: "rect", layer: "below", xref: "x", yref: `${panelAxis(place)} domain`, y0: 0, y1: 1,
      x0: clock(work.x0), x1: clock(work.x1), opacity: work.approved ? 1 : 0.5,
      fillcolor: colour("maintenance-tint"), line: { width: 0 },
    }));
  const workTrace = (parameter, place, state) => {
    const trace = { x: [], y: [], text: [] };
    for (const work of worksOf(parameter, state)) {
      const told = `${work.text}<br>${shown(parse(work.from))} – ${shown(parse(work.to))}`;
      trace.x.push(clock(work.x0), clock((work.x0 + work.x1) / 2), clock(work.x1), null);
      trace.y.push(-0.7, -0.7, -0.7, null);
      trace.text.push(told, told, told, "");
    }
    return { ...trace, type: "scatter", mode: "lines", yaxis: railAxis(place), line: { color: colour("maintenance"), width: 3 }, hovertemplate: "%{text}<extra></extra>" };
  };

  const scantTrace = (series, place, state) => {
    const half = { hour: HOUR, day: DAY }[stepOf(state)] / 2;
    const scant = series.time.map((text, i) => i).filter((i) => series.capture && series.capture[i] !== null && series.capture[i] < 0.75 && series.value[i] !== null);
    return {
      x: scant.map((i) => clock(parse(series.time[i]) + half)),
      y: scant.map((i) => series.value[i]),
      text: scant.map((i) => `${say("Scant")} (${numbers.format(Math.floor(series.capture[i] * 1000) / 10)} %)`),
      type: "scatter",
      mode: "markers",
      yaxis: panelAxis(place),
      marker: { symbol: "circle-open", size: 7, color: colour("not_enough_data"), line: { width: 1.5 } },
      hovertemplate: "%{text}<extra></extra>",
    };
  };

  // A thin red line a side of a limit, stepping where it changed; dotted for another period.
  const limitTraces = (series, place, state) => {
    const own = { hour: "hour", day: "day" }[stepOf(state)];
    const traces = [];
    for (const period of new Set(series.limit.map((limit) => limit.period))) {
      for (const side of ["min", "max"]) {
        const x = [];
        const y = [];
        for (const limit of series.limit.filter((l) => l.period === period && l[side] !== null)) {
          const from = Math.max(limit.from ? parse(limit.from) : state.from, state.from);
          const to = Math.min(limit.to ? parse(limit.to) : state.to, state.to);
          if (from >= to) continue;
          x.push(clock(from), clock(to));
          y.push(limit[side], limit[side]);
        }
        if (!x.length) continue;
        const dash = own && own !== period ? "dot" : "solid";
        traces.push({ x, y, type: "scatter", mode: "lines", yaxis: panelAxis(place), hoverinfo: "skip", line: { color: colour("exceeded"), width: 1.25, dash }, limitSide: side, limitPeriod: period });
      }
    }
    return traces;
  };

  // The values to show: the data, and a limit that is not so far away that it would flatten them.
  const reachOf = (line, limits) => {
    const values = line.y.filter((value) => value !== null);
    if (!values.length) return limits.length ? null : [0, 1];
    let bottom = Math.min(...values);
    let top = Math.max(...values);
    for (const trace of limits) {
      const side = trace.limitSide === "max" ? Math.max(...trace.y) : Math.min(...trace.y);
      if (trace.limitSide === "max" && side > top && side <= Math.max(top * 2.5, 0)) top = side;
      if (trace.limitSide === "min" && side < bottom && side >= bottom - 2 * Math.max(top - bottom, Math.abs(bottom) * 0.25)) bottom = side;
    }
    const margin = (top - bottom || Math.abs(top) || 1) * 0.12;
    if (bottom >= 0 && bottom - margin < top * 0.2) return [0, top + margin];
    return [bottom - margin, top + margin];
  };

  const headOf = (parameter, place) => ({
    xref: "paper", x: 0, xanchor: "left", yref: `${panelAxis(place)} domain`, y: 1, yanchor: "bottom",
    text: `<b>${parameter.symbol}</b>${parameter.name === parameter.symbol ? "" : ` ${parameter.name}`} <span style="color:${colour("ink-quiet")}">${parameter.unit}</span>`,
    showarrow: false, align: "left", font: { size: 13, color: colour("ink") },
  });
  const limitLabel = (trace, place, reach) => {
    const value = trace.y.at(-1);
    const sign = trace.limitSide === "max" ? "≤" : "≥";
    const hidden = reach && value > reach[1] ? " ↑" : reach && value < reach[0] ? " ↓" : "";
    const where = hidden
      ? { yref: `${panelAxis(place)} domain`, y: hidden === " ↑" ? 1 : 0, yanchor: hidden === " ↑" ? "top" : "bottom" }
      : { yref: panelAxis(place), y: value, yanchor: "middle" };
    const words = `${sign} ${numbers.format(value)}${hidden}<br>${say(trace.limitPeriod[0].toUpperCase() + trace.limitPeriod.slice(1))}`;
    return { xref: "paper", x: 1, xanchor: "left", xshift: 4, align: "left", ...where, text: words, showarrow: false, font: { size: 12, color: colour("exceeded") } };
  };

  const panelOf = (parameter, series, place, count, state) => {
    const line = lineOf(series, parameter, state);
    const limits = limitTraces(series, place, state);
    const reach = reachOf(line, limits);
    const height = count * PANEL;
    const top = 1 - (place * PANEL) / height;
    const bottom = 1 - ((place + 1) * PANEL - GAP) / height;
    const raw = stepOf(state) === "raw";
    const ink = { size: 12, color: colour("ink-quiet") };
    const traces = [
      ...limits,
      { ...line, type: "scatter", mode: "lines", connectgaps: false, yaxis: panelAxis(place), line: { color: colour("accent"), width: 1.4, shape: raw ? "linear" : "hv", simplify: false }, hovertemplate: `<b>${parameter.symbol}</b> %{y} ${parameter.unit}<extra></extra>` },
      ...(raw ? [] : [scantTrace(series, place, state)]),
      ...bandTraces(bandsOf(series, parameter, state), parameter, place),
      ...(series.excluded?.length ? [excludedTrace(series, parameter, place, state)] : []),
      ...(worksOf(parameter, state).length ? [workTrace(parameter, place, state)] : []),
      ...alertTraces(parameter, place, state),
    ];
    return {
      traces,
      axes: {
        [layoutAxis(panelAxis(place))]: { domain: [bottom + RAIL / height, top - 22 / height], range: reach, fixedrange: true, nticks: 4, tickfont: ink, gridcolor: colour("line"), zeroline: false, ticks: "", exponentformat: "none", hoverformat: ",.4~g" },
        [layoutAxis(railAxis(place))]: { domain: [bottom, bottom + RAIL / height], range: [-1, 1], fixedrange: true, visible: false },
      },
      shapes: [...excludedShapes(series, place, state), ...workShapes(parameter, place, state)],
      notes: [headOf(parameter, place), ...limits.map((trace) => limitLabel(trace, place, reach))],
      summary: summaryOf(parameter, line),
    };
  };

  const summaryOf = (parameter, line) => {
    let lowest = -1;
    let highest = -1;
    let count = 0;
    line.y.forEach((value, place) => {
      if (value === null) return;
      count += 1;
      if (lowest < 0 || value < line.y[lowest]) lowest = place;
      if (highest < 0 || value > line.y[highest]) highest = place;
    });
    if (!count) return `${parameter.symbol}: ${say("Gap").toLowerCase()}`;
    const at = (place) => `${numbers.format(line.y[place])} (${shown(fromClock(line.x[place]))})`;
    return `${parameter.symbol}: ${say("Highest")} ${at(highest)}, ${say("Lowest")} ${at(lowest)}`;
  };

  const layoutOf = (panels, state) => ({
    ...(onPaper && { width: PAPER }),
    height: panels.length * PANEL + 22,
    margin: { l: 52, r: 68, t: 4, b: 18 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: colour("ink") },
    separators: language === "en" ? ".," : ",.",
    showlegend: false,
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    hovermode: "x unified",
    hoversubplots: "axis",
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line-strong"), font: { size: 13, color: colour("ink") } },
    xaxis: {
      type: "date",
      range: [clock(state.from), clock(state.to)],
      domain: [0, 1],
      anchor: railAxis(panels.length - 1),
      tickformatstops: [
        { dtickrange: [null, 12 * HOUR], value: "%H:%M\n%d/%m" },
        { dtickrange: [12 * HOUR, "M1"], value: "%d/%m" },
        { dtickrange: ["M1", null], value: "%m/%Y" },
      ],
      hoverformat: stepOf(state) === "day" ? "%d/%m/%Y" : "%d/%m %H:%M",
      tickfont: { size: 12, color: colour("ink-quiet") },
      gridcolor: colour("line"),
      linecolor: colour("line-strong"),
      showline: true,
      ticks: "outside",
      tickcolor: colour("line-strong"),
      showspikes: true,
      spikemode: "across",
      spikesnap: "cursor",
      spikethickness: 1,
      spikedash: "solid",
      spikecolor: colour("control"),
    },
    ...Object.assign({}, ...panels.map((panel) => panel.axes)),
    annotations: panels.flatMap((panel) => panel.notes),
    shapes: panels.flatMap((panel) => panel.shapes),
  });

  const tell = (words) => {
    home.querySelector(".chart-said").textContent = words;
  };

  let onPaper = false;
  let state = readAddress();
  let answers = null;
  let asked = null;

  const draw = async () => {
    const panels = answers.map(({ parameter, series }, place) => panelOf(parameter, series, place, answers.length, state));
    await Plotly.react(plot, panels.flatMap((panel) => panel.traces), layoutOf(panels, state), { displayModeBar: false, responsive: true, doubleClick: false, showTips: false });
    plot.removeAllListeners?.("plotly_relayout");
    plot.on("plotly_relayout", zoomed);
    plot.removeAllListeners?.("plotly_click");
    plot.on("plotly_click", opened);
    home.querySelector(".chart-summary").textContent = panels.map((panel) => panel.summary).join(" · ");
  };

  const show = async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const chosen = data.parameters.filter((parameter) => state.shown.includes(parameter.symbol));
    mark();
    if (!chosen.length) {
      answers = null;
      Plotly.purge(plot);
      tell(say("None"));
      return;
    }
    home.setAttribute("aria-busy", "true");
    tell(answers ? "" : say("Loading"));
    try {
      const series = await Promise.all(chosen.map((parameter) => fetchSeries(parameter, state, signal)));
      answers = chosen.map((parameter, place) => ({ parameter, series: series[place] }));
      const something = series.some((one) => one.time.length > 0);
      tell(something ? "" : say("Empty"));
      plot.hidden = !something;
      await draw();
      home.dataset.drawn = String(answers.length);
    } catch (error) {
      if (error.name === "AbortError") return;
      tell(say("Error"));
    } finally {
      if (asked?.signal === signal) home.removeAttribute("aria-busy");
    }
  };

  // The tools say what is shown.
  const mark = () => {
    for (const button of home.querySelectorAll("[data-span]")) {
      button.setAttribute("aria-pressed", String(button.dataset.span === state.span));
    }
    home.querySelector("[name=from]").value = dayOf(state.from);
    home.querySelector("[name=to]").value = dayOf(state.to - 1);
    home.querySelector("[name=step]").value = state.step;
    home.querySelector('[data-move="1"]').disabled = state.to >= now();
    for (const box of home.querySelectorAll(".chart-names input")) box.checked = state.shown.includes(box.value);
    const exclude = home.querySelector("[data-exclude]");
    if (exclude) {
      const query = new URLSearchParams({ station: data.code, parameter: state.shown[0] || "", from: clock(state.from).slice(0, 16), to: clock(state.to).slice(0, 16) });
      exclude.href = `${exclude.dataset.exclude}?${query}`;
    }
  };

  const change = (what) => {
    state = { ...state, ...what };
    writeAddress(state);
    show();
  };

  const zoomed = (moved) => {
    const from = moved["xaxis.range[0]"];
    const to = moved["xaxis.range[1]"];
    if (from && to) change({ span: "", from: fromClock(from), to: fromClock(to) });
  };
  const opened = (event) => {
    const point = event.points.find((one) => one.customdata);
    if (point) location.assign(point.customdata);
  };

  home.addEventListener("click", (event) => {
    const { span, move } = event.target.dataset;
    if (span) change({ span, ...lastOf(span) });
    if (move) {
      const by = Number(move) * (state.to - state.from);
      const to = Math.min(state.to + by, Math.max(now(), state.to));
      change({ span: to === now() ? state.span : "", from: to - (state.to - state.from), to });
    }
  });
  home.addEventListener("change", (event) => {
    const field = event.target;
    if (field.name === "step") change({ step: field.value });
    else if (field.type === "checkbox") {
      change({ shown: [...home.querySelectorAll(".chart-names input:checked")].map((box) => box.value) });
    } else {
      const from = parse(home.querySelector("[name=from]").value);
      const to = parse(home.querySelector("[name=to]").value) + DAY;
      if (from < to) change({ span: "", from, to });
    }
  });
  home.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("themechange", () => answers && draw());
  for (const [event, printing] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      onPaper = printing;
      const again = () => answers && draw();
      if (printing) again();
      else requestAnimationFrame(again); // in the colours of the screen, once it is shown again
    });
  }
  document.addEventListener("DOMContentLoaded", show);
})();
