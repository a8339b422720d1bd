/**
 * The one loop that search spends its time in, as WebAssembly, since script can not ask for eight products at once. In its text form:
 *
 *     (func (export "scan") (param $query i32) (param $row i32) (param $rows i32) (param $bytes i32) (param $out i32) (local $at i32) (local $end i32) (local $one v128) (local $two v128)
 *       for each of $rows: i32.store($out) = sum over $bytes of i16 products of $query and $row, 32 bits wide; $row += $bytes; $out += 4)
 */

const I32 = 0x7f
const V128 = 0x7b
const [QUERY, ROW, ROWS, BYTES, OUT, AT, END, ONE, TWO] = [0, 1, 2, 3, 4, 5, 6, 7, 8]

const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const number = (value: number): number[] => [0x41, value]
const add = [0x6a]
const advance = (local: number, by: number[]): number[] => [...get(local), ...by, ...add, ...set(local)]
const load = (local: number, offset: number): number[] => [...get(local), 0xfd, 0x00, 0x04, offset]
const zero = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)]
/** i32x4.dot_i16x8_s, i32x4.add, i32x4.extract_lane. */
const times = [0xfd, 0xba, 0x01]
const plus = [0xfd, 0xae, 0x01]
const lane = (local: number, at: number): number[] => [...get(local), 0xfd, 0x1b, at]
const loop = (body: number[]): number[] => [0x03, 0x40, ...body, 0x0b]
const block = (body: number[]): number[] => [0x02, 0x40, ...body, 0x0b]

const products = (sum: number, offset: number): number[] => [...load(AT, offset), ...load(ROW, offset), ...times, ...get(sum), ...plus, ...set(sum)]

const BODY = block(loop([
  ...get(ROWS), 0x45, 0x0d, 1, // none left: leave
  ...zero, ...set(ONE), ...zero, ...set(TWO),
  ...get(QUERY), ...set(AT), ...get(QUERY), ...get(BYTES), ...add, ...set(END),
  ...loop([...products(ONE, 0), ...products(TWO, 16), ...advance(AT, number(32)), ...advance(ROW, number(32)), ...get(AT), ...get(END), 0x49, 0x0d, 0]),
  ...get(ONE), ...get(TWO), ...plus, ...set(ONE),
  ...get(OUT), ...lane(ONE, 0), ...lane(ONE, 1), ...add, ...lane(ONE, 2), ...add, ...lane(ONE, 3), ...add, 0x36, 0x02, 0x00,
  ...advance(OUT, number(4)), ...get(ROWS), ...number(1), 0x6b, ...set(ROWS), 0x0c, 0
]))

/** LEB128, unsigned. */
const leb = (value: number): number[] => value < 128 ? [value] : [value & 127 | 128, ...leb(value >> 7)]
const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content]
const name = (text: string): number[] => [...leb(text.length), ...Buffer.from(text)]
const sized = (code: number[]): number[] => [...leb(code.length), ...code]

const PARAMETERS = [I32, I32, I32, I32, I32]
const LOCALS = list([[2, I32], [2, V128]])

const MODULE = new WebAssembly.Module(Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, list([[0x60, ...sized(PARAMETERS), 0]])),
  ...section(2, list([[...name('m'), ...name('memory'), 0x02, 0x00, 0x01]])),
  ...section(3, list([[0]])),
  ...section(7, list([[...name('scan'), 0x00, 0]])),
  ...section(10, list([sized([...LOCALS, ...BODY, 0x0b])]))
]))

/** All in bytes of the memory but `rows`; `bytes` of a row are a multiple of 32. */
export type Scan = (query: number, row: number, rows: number, bytes: number, out: number) => void

export const scanIn = (memory: WebAssembly.Memory): Scan => new WebAssembly.Instance(MODULE, { m: { memory } }).exports['scan'] as Scan
