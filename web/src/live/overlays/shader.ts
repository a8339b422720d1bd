import { BANDS } from './false-colour.ts'
import { LUMA } from './ire.ts'

const float = (n: number): string => n === Infinity ? '1e9' : n.toFixed(4)

const bandTests = BANDS.map(({ fromIre, toIre, colour }) => `if (ire >= ${float(fromIre)} && ire < ${float(toIre)}) return vec3(${colour.map((channel) => float(channel / 255)).join(', ')});`).join('\n  ')

/** One triangle that covers the target; `at` runs over the picture from its top left. */
export const VERTEX = `#version 300 es
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  at = vec2(corner.x + 1.0, 1.0 - corner.y) / 2.0;
  gl_Position = vec4(corner, 0.0, 1.0);
}`

/**
 * Everything that is painted over the picture, from its luma in IRE (`ire.ts`): false colour below, stripes on it, sharp edges on top; transparent where nothing is to be said.
 *
 * An edge is sharp when most of its contrast lies within two pixels of the picture: the gradient there (Sobel) must pass a threshold, and must be a given share of what
 * six pixels show. The share is what tells focus from contrast: a strong edge out of focus has more gradient than a faint one in focus, but spreads it.
 */
export const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform bool falseColour;
uniform vec2 zebra;
uniform vec2 secondZebra;
uniform vec2 stripes;
uniform vec3 peakColour;
uniform vec2 peak;
in vec2 at;
out vec4 colour;

float ireAt(vec2 offset) {
  vec3 pixel = texture(picture, at + offset / vec2(textureSize(picture, 0))).rgb;
  return 100.0 * dot(pixel, vec3(${LUMA.map(float).join(', ')}));
}

float gradient(float far) {
  float a = ireAt(vec2(-far, -far)), b = ireAt(vec2(0.0, -far)), c = ireAt(vec2(far, -far));
  float d = ireAt(vec2(-far, 0.0)), e = ireAt(vec2(far, 0.0));
  float f = ireAt(vec2(-far, far)), g = ireAt(vec2(0.0, far)), h = ireAt(vec2(far, far));
  return length(vec2(c + 2.0 * e + h - a - 2.0 * d - f, f + 2.0 * g + h - a - 2.0 * b - c)) / 4.0;
}

vec3 banded(float ire) {
  ${bandTests}
  return vec3(ire / 100.0);
}

bool striped(float across) {
  return mod(across + stripes.y, 2.0 * stripes.x) < stripes.x;
}

void main() {
  float ire = ireAt(vec2(0.0));
  colour = falseColour ? vec4(banded(ire), 1.0) : vec4(0.0);
  if (ire >= zebra.x && ire < zebra.y && striped(gl_FragCoord.x + gl_FragCoord.y)) colour = vec4(0.04, 0.04, 0.04, 1.0);
  if (ire >= secondZebra.x && ire < secondZebra.y && striped(gl_FragCoord.x - gl_FragCoord.y)) colour = vec4(0.96, 0.96, 0.96, 1.0);
  if (peak.x > 0.0) {
    float fine = gradient(1.0);
    if (fine > peak.x && fine > peak.y * gradient(3.0)) colour = vec4(peakColour, 1.0);
  }
}`
