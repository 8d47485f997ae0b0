#!/usr/bin/env node
// Makes land.txt and countries.csv from Natural Earth (public domain), as the npm package world-atlas has it:
//
//   npm install --prefix /tmp/map world-atlas@2.0.2 topojson-client@3.1.0 polylabel@1.1.0 i18n-iso-countries@7.14.0
//   NODE_PATH=/tmp/map/node_modules node data/map/make.js
//
// land.txt: the outline of the land at 1:110,000,000, a ring a line, points as longitude,latitude in tenths of a degree.
// countries.csv: for each country code the point in its largest part that is farthest from the border (1:50,000,000).
const fs = require('fs');
const path = require('path');
const topojson = require('topojson-client');
const polylabel = require('polylabel');
const iso = require('i18n-iso-countries/codes.json');
const land110 = require('world-atlas/land-110m.json');
const countries50 = require('world-atlas/countries-50m.json');

const polygonsOf = (geometry) => geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
// A ring across the 180th meridian with its longitudes going on beyond it.
const unwrapped = (ring) => {
  let turn = 0;
  return ring.map(([lon, lat], i) => {
    if (i > 0 && lon - ring[i - 1][0] > 180) turn -= 360;
    if (i > 0 && lon - ring[i - 1][0] < -180) turn += 360;
    return [lon + turn, lat];
  });
};
const area = (ring) => Math.abs(ring.reduce((sum, [x, y], i) => {
  const [nx, ny] = ring[(i + 1) % ring.length];
  return sum + x * ny - nx * y;
}, 0) / 2);

const land = topojson.feature(land110, land110.objects.land);
const lines = [];
for (const feature of land.features ?? [land]) {
  for (const [outer] of polygonsOf(feature.geometry)) {
    // Antarctica is not on the map: nobody signs in from there, and it takes a fifth of the height.
    if (outer.every(([, lat]) => lat < -60)) continue;
    const ring = unwrapped(outer);
    const longitudes = ring.map(([lon]) => lon);
    // What goes beyond one edge of the map comes in again at the other: the ring is there twice, and the map cuts it off.
    const shifts = [0];
    if (Math.min(...longitudes) < -180) shifts.push(360);
    if (Math.max(...longitudes) > 180) shifts.push(-360);
    for (const shift of shifts) {
      const points = ring.map(([lon, lat]) => `${Math.round((lon + shift) * 10)},${Math.round(lat * 10)}`);
      const kept = points.filter((point, i) => i === 0 || point !== points[i - 1]);
      if (kept.length > 3) lines.push(kept.join(' '));
    }
  }
}
fs.writeFileSync(path.join(__dirname, 'land.txt'), lines.sort((a, b) => b.length - a.length).join('\n') + '\n');

const alpha2 = new Map(iso.map(([two, , number]) => [number, two]));
const places = new Map();
for (const feature of topojson.feature(countries50, countries50.objects.countries).features) {
  const code = alpha2.get(String(feature.id).padStart(3, '0'));
  if (!code) continue;
  const polygons = polygonsOf(feature.geometry).map((rings) => rings.map(unwrapped));
  const largest = polygons.reduce((a, b) => (area(a[0]) >= area(b[0]) ? a : b));
  const size = area(largest[0]);
  if (size < (places.get(code)?.size ?? 0)) continue;
  const [lon, lat] = polylabel(largest, 0.05);
  places.set(code, { size, row: `${code},${lat.toFixed(1)},${(((lon + 540) % 360) - 180).toFixed(1)}` });
}
const rows = [...places.values()].map(({ row }) => row);
fs.writeFileSync(path.join(__dirname, 'countries.csv'), 'code,latitude,longitude\n' + rows.sort().join('\n') + '\n');
