import { LUMA } from './ire.ts'

/** Levels a scope tells apart: one for each value of a channel. */
export const LEVELS = 256
/** Columns it tells apart, and the width of its picture. */
export const SCOPE_WIDTH = 256
/** Light of a level that occurs once. @default 0.4 */
export const LEAST_LIGHT = 0.4
/** Columns of one of the three waveforms of a parade, and where each begins: four columns between them stay dark. */
const PARADE = { width: 82, starts: [0, 87, 173] } as const

/** What is counted of a pixel, as shares of its channels, and in which channel of the counts. */
export interface Counted { readonly weights: readonly [number, number, number]; readonly into: readonly [number, number, number, number] }
export const CHANNELS: readonly Counted[] = [{ weights: [1, 0, 0], into: [1, 0, 0, 0] }, { weights: [0, 1, 0], into: [0, 1, 0, 0] }, { weights: [0, 0, 1], into: [0, 0, 1, 0] }]
export const LUMINANCE: Counted = { weights: LUMA, into: [0, 0, 0, 1] }

/** Puts each point of a grid over the picture to the column and level it has: points that fall together add up. */
export const COUNT_VERTEX = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D picture;
uniform ivec2 grid;
uniform vec3 weights;
void main() {
  ivec2 at = ivec2(gl_VertexID % grid.x, gl_VertexID / grid.x);
  vec3 pixel = texelFetch(picture, at * textureSize(picture, 0) / grid, 0).rgb;
  float column = floor((float(at.x) + 0.5) / float(grid.x) * ${SCOPE_WIDTH}.0);
  float level = floor(dot(pixel, weights) * ${LEVELS - 1}.0 + 0.5);
  gl_Position = vec4((vec2(column, level) + 0.5) / vec2(${SCOPE_WIDTH}.0, ${LEVELS}.0) * 2.0 - 1.0, 0.0, 1.0);
  gl_PointSize = 1.0;
}`

export const COUNT_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 into;
out vec4 count;
void main() {
  count = into;
}`

/** The roots of how often each level occurs in the whole picture, a level a column: heights of a histogram go by them, so that a few pixels beside a large flat area are still seen. */
export const TOTALS_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D counts;
out vec4 total;
void main() {
  vec4 sum = vec4(0.0);
  for (int column = 0; column < ${SCOPE_WIDTH}; column++) sum += texelFetch(counts, ivec2(column, int(gl_FragCoord.x)), 0);
  total = sqrt(sum);
}`

/** One triangle that covers the target, and the highest of the totals. */
export const SCOPE_VERTEX = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D totals;
flat out float most;
void main() {
  float highest = 1.0;
  for (int level = 0; level < ${LEVELS}; level++) {
    vec4 total = texelFetch(totals, ivec2(level, 0), 0);
    highest = max(highest, max(total.r, max(total.g, total.b)));
  }
  most = highest;
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`

/**
 * A waveform (1), parade (2) or histogram (3), level 0 in the bottom row or left column. A level of a waveform is drawn two rows high, because a scope is shown smaller than it is
 * drawn; one that occurs once is seen, one that fills a good part of its column is bright.
 */
export const SCOPE_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D counts;
uniform sampler2D totals;
uniform int scope;
uniform float gain;
flat in float most;
out vec4 colour;
const vec3 GREEN = vec3(0.588, 1.0, 0.745);
const vec3 RGB[3] = vec3[3](vec3(1.0, 0.353, 0.314), vec3(0.353, 0.902, 0.431), vec3(0.392, 0.588, 1.0));
const int STARTS[3] = int[3](${PARADE.starts.join(', ')});

float lightOf(int from, int to, int channel) {
  int level = int(gl_FragCoord.y);
  float count = 0.0;
  for (int column = from; column < to; column++) {
    count = max(count, texelFetch(counts, ivec2(column, level), 0)[channel]);
    count = max(count, texelFetch(counts, ivec2(column, min(level + 1, ${LEVELS - 1})), 0)[channel]);
  }
  return count > 0.0 ? min(1.0, ${LEAST_LIGHT} + count * gain) : 0.0;
}

void main() {
  int x = int(gl_FragCoord.x);
  vec3 lit = vec3(0.0);
  if (scope == 1) lit = GREEN * lightOf(x, x + 1, 3);
  else for (int channel = 0; channel < 3; channel++) {
    int from = x - STARTS[channel];
    if (scope == 3) lit = max(lit, RGB[channel] * (gl_FragCoord.y < floor(texelFetch(totals, ivec2(x, 0), 0)[channel] / most * ${LEVELS - 1}.0 + 0.5) ? 0.8 : 0.0));
    else if (from >= 0 && from < ${PARADE.width}) lit = RGB[channel] * lightOf(from * ${SCOPE_WIDTH} / ${PARADE.width}, ((from + 1) * ${SCOPE_WIDTH} + ${PARADE.width - 1}) / ${PARADE.width}, channel);
  }
  colour = lit == vec3(0.0) ? vec4(0.0) : vec4(lit, 1.0);
}`
