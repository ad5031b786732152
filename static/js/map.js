// The map of stations: marks by shape and colour on a neutral ground, near ones gathered.
// Marks are cloned from the legend, words come from the page: nothing is written here.
(() => {
  "use strict";
  const NEAR = { wide: 46, high: 24 }; // pixels within which marks are gathered
  const ORDER = []; // states, worst first, as the legend lists them

  const markOf = (state) => {
    const legend = document.querySelector(`[data-legend] [data-state="${CSS.escape(state)}"] svg`);
    return legend ? legend.outerHTML : "";
  };
  const rank = (station) => {
    const place = ORDER.indexOf(station.state);
    return place < 0 ? ORDER.length : place;
  };
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const readData = () => {
    const source = document.getElementById("map-data");
    const data = source ? JSON.parse(source.textContent) : null;
    return data || { stations: [], places: [] };
  };

  // Fine lines of whole tenths of a degree: the only ground that is certainly true.
  const drawGrid = (map, layer, language) => {
    layer.clearLayers();
    const bounds = map.getBounds();
    const step = [0.05, 0.1, 0.2, 0.5, 1, 2].find((s) => (bounds.getEast() - bounds.getWest()) / s < 8) || 5;
    const label = (value, letter) =>
      `${value.toLocaleString(language, { maximumFractionDigits: 2 })}°${letter}`;
    const [east, north] = language.startsWith("en") ? ["E", "N"] : ["Đ", "B"];
    const line = (points) => L.polyline(points, { className: "map-grid", interactive: false, weight: 1 }).addTo(layer);
    const write = (at, text, anchor) =>
      L.marker(at, {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: "map-degree", html: text, iconSize: null, iconAnchor: anchor }),
      }).addTo(layer);
    for (let lon = Math.ceil(bounds.getWest() / step) * step; lon < bounds.getEast(); lon += step) {
      line([[bounds.getSouth(), lon], [bounds.getNorth(), lon]]);
      write([bounds.getNorth(), lon], label(lon, east), [-4, -2]);
    }
    for (let lat = Math.ceil(bounds.getSouth() / step) * step; lat < bounds.getNorth(); lat += step) {
      line([[lat, bounds.getWest()], [lat, bounds.getEast()]]);
      const below = map.latLngToContainerPoint([lat, bounds.getWest()]).y;
      if (below > 36 && below < map.getSize().y - 36) write([lat, bounds.getWest()], label(lat, north), [-4, 16]);
    }
  };

  // A name stands at its place, or beside it where marks stand there, and whole within the frame;
  // without room it is left out.
  const drawPlaces = (map, layer, places, groups) => {
    const taken = groups.map((group) => box(group.point, group.stations.length > 1 ? 50 : 18, 24));
    const [left, right] = [0, map.getSize().x].map((x) => map.containerPointToLayerPoint([x, 0]).x);
    for (const place of places) {
      const at = map.latLngToLayerPoint([place.lat, place.lon]);
      const wide = 7.5 * place.name.length;
      const room = wide / 2 + 4;
      const whole = (x) => (at.x < left || at.x > right ? x : Math.min(Math.max(x, left + room), right - room));
      const spots = [[0, 0], [0, -22], [0, 22], [wide / 2 + 34, 0], [-wide / 2 - 34, 0], [0, -38], [0, 38]];
      const spot = spots
        .map(([x, y]) => L.point(whole(at.x + x), at.y + y))
        .find((point) => !taken.some((other) => overlap(box(point, wide, 16), other)));
      if (!spot) continue;
      taken.push(box(spot, wide, 16));
      L.marker(map.layerPointToLatLng(spot), {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: "map-place", html: element("span", "", place.name), iconSize: [wide, 16] }),
        zIndexOffset: -1000,
      }).addTo(layer);
    }
  };
  const box = (centre, wide, high) => [centre.x - wide / 2, centre.y - high / 2, centre.x + wide / 2, centre.y + high / 2];
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  const isNear = (one, other) =>
    ((one.x - other.x) / NEAR.wide) ** 2 + ((one.y - other.y) / NEAR.high) ** 2 < 1;

  // Worst first takes the place, and what lies near joins it.
  const gather = (map, stations) => {
    const groups = [];
    for (const station of [...stations].sort((a, b) => rank(a) - rank(b))) {
      const point = map.latLngToLayerPoint([station.lat, station.lon]);
      const group = groups.find((g) => isNear(g.point, point));
      if (group) group.stations.push(station);
      else groups.push({ point, stations: [station], at: [station.lat, station.lon] });
    }
    return groups;
  };

  const describe = (station) => `${station.name} · ${station.word}`;

  const listOf = (stations) => {
    const list = element("ul");
    for (const station of stations) {
      const row = element("li");
      const link = element("a", "state");
      link.href = station.url;
      link.innerHTML = markOf(station.state);
      link.append(element("span", "", describe(station)));
      row.append(link);
      list.append(row);
    }
    return list;
  };

  const drawOne = (layer, group) => {
    const [station] = group.stations;
    const marker = L.marker(group.at, {
      icon: L.divIcon({ className: "map-mark", html: markOf(station.state), iconSize: [24, 24] }),
      alt: describe(station),
      zIndexOffset: 500 - 50 * rank(station),
    });
    marker.bindTooltip(element("span", "", describe(station)), { direction: "top", offset: [0, -8] });
    marker.on("click", () => window.location.assign(station.url));
    marker.addTo(layer);
    const shown = marker.getElement();
    shown.setAttribute("role", "link");
    shown.setAttribute("aria-label", describe(station));
  };

  const statesOf = (group) => [...new Set(group.stations.map((station) => station.state))];
  const wordOf = (state) =>
    document.querySelector(`[data-legend] [data-state="${CSS.escape(state)}"] span[aria-hidden="true"]`)?.textContent || state;
  const countOf = (group, state) =>
    `${group.stations.filter((station) => station.state === state).length} ${wordOf(state).toLowerCase()}`;

  const drawMany = (map, layer, group, words) => {
    const count = group.stations.length;
    const states = statesOf(group);
    const troubled = states.filter((state) => state !== "within").slice(0, 3);
    const marks = troubled.length ? troubled : ["within"];
    const wide = 14 + 14 * marks.length + 8 * String(count).length;
    const html = element("span", "", "");
    html.style.display = "contents";
    html.innerHTML = marks.map(markOf).join("");
    html.append(String(count));
    const marker = L.marker(group.at, {
      icon: L.divIcon({ className: `map-cluster${troubled.length ? "" : " calm-only"}`, html, iconSize: [wide, 22] }),
      zIndexOffset: 600 - 50 * rank(group.stations[0]),
    });
    const label = `${count} ${words.stations}: ${states.map((state) => countOf(group, state)).join(", ")}`;
    marker.bindTooltip(element("span", "", label), { direction: "top", offset: [0, -8] });
    marker.on("click", () => {
      const bounds = L.latLngBounds(group.stations.map((s) => [s.lat, s.lon]));
      const spread = bounds.getNorthEast().distanceTo(bounds.getSouthWest());
      if (count <= 6 || spread < 300 || map.getZoom() >= map.getMaxZoom()) {
        L.popup({ offset: [0, -6] }).setLatLng(group.at).setContent(listOf(group.stations)).openOn(map);
      } else {
        map.fitBounds(bounds.pad(0.3));
      }
    });
    marker.addTo(layer);
    marker.getElement().setAttribute("aria-label", label);
  };

  const start = () => {
    const home = document.getElementById("map");
    if (!home || typeof L === "undefined") return;
    for (const entry of document.querySelectorAll("[data-legend] [data-state]")) ORDER.push(entry.dataset.state);
    const { places } = readData();
    let { stations } = readData();
    const words = home.dataset;
    const map = L.map(home, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, maxZoom: 16, minZoom: 7, zoomSnap: 0.25 });
    L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    const spots = [...stations, ...places].map((spot) => [spot.lat, spot.lon]);
    if (spots.length) map.fitBounds(L.latLngBounds(spots).pad(0.09), { maxZoom: 13 });
    else map.setView([21.3, 106.3], 9);

    const grid = L.layerGroup().addTo(map);
    const layer = L.layerGroup().addTo(map);
    const draw = () => {
      layer.clearLayers();
      const groups = gather(map, stations);
      drawPlaces(map, layer, places, groups);
      for (const group of groups) {
        if (group.stations.length === 1) drawOne(layer, group);
        else drawMany(map, layer, group, words);
      }
    };
    draw();
    drawGrid(map, grid, words.language || "vi");
    map.on("zoomend", draw);
    map.on("moveend", () => drawGrid(map, grid, words.language || "vi"));
    let drawn = JSON.stringify(stations);
    document.addEventListener("htmx:afterSettle", () => {
      ({ stations } = readData());
      if (JSON.stringify(stations) === drawn) return;
      drawn = JSON.stringify(stations);
      draw();
    });
  };

  document.addEventListener("DOMContentLoaded", start);
})();
