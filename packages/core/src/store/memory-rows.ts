const SHIFT = 11
const BLOCK_ROWS = 1 << SHIFT
const MASK = BLOCK_ROWS - 1
/** The end of a chain of rows. */
export const NO_ROW = -1

/** A block of rows: what a row holds costs no object, and the collector has little to visit. */
export interface Block {
  readonly numbers: Float64Array
  /** The halves of `numbers`, for small integers: what is read together lies in one line of the processor's cache. */
  readonly halves: Int32Array
  readonly refs: unknown[]
  used: number
  /** The first of its free rows; they are chained by their first halves. */
  free: number
}

/**
 * Rows of cells, found by a number that is used again once a row was freed. They lie in blocks of fixed size: growth
 * copies nothing and never pauses, and a block without rows is given back.
 */
export interface Rows {
  /** The block of a row that is taken. */
  blockOf(row: number): Block
  /** Takes a row; what its cells hold is undefined, but for references, which are `null`. */
  take(): number
  free(row: number): void
}

/** The place of a row in its block; its cells of one kind begin at this, times the number of them in a row. */
export function placeOf(row: number): number {
  return row & MASK
}

/** Rows of so many numbers, which are twice as many halves, and so many references. */
export function createRows(shape: { readonly numbers: number; readonly refs: number }): Rows {
  const halvesPerRow = 2 * shape.numbers
  const blocks: (Block | null)[] = []
  // Blocks that have room; the last one is filled first.
  const roomy: number[] = []
  const gone: number[] = []

  const addBlock = (): number => {
    const number = gone.pop() ?? blocks.length
    const numbers = new Float64Array(BLOCK_ROWS * shape.numbers)
    const halves = new Int32Array(numbers.buffer)
    for (let place = 0; place < BLOCK_ROWS; place++) {
      halves[place * halvesPerRow] = place + 1 === BLOCK_ROWS ? NO_ROW : place + 1
    }
    const refs = new Array<unknown>(BLOCK_ROWS * shape.refs).fill(null)
    blocks[number] = { numbers, halves, refs, used: 0, free: 0 }
    roomy.push(number)
    return number
  }
  const blockOf = (row: number) => blocks[row >> SHIFT] as Block

  return {
    blockOf,
    take() {
      const number = roomy[roomy.length - 1] ?? addBlock()
      const block = blocks[number] as Block
      const place = block.free
      block.free = block.halves[place * halvesPerRow] as number
      block.used++
      if (block.free === NO_ROW) roomy.pop()
      return (number << SHIFT) | place
    },
    free(row) {
      const number = row >> SHIFT
      const block = blockOf(row)
      const place = placeOf(row)
      if (block.free === NO_ROW) roomy.push(number)
      block.refs.fill(null, place * shape.refs, (place + 1) * shape.refs)
      block.halves[place * halvesPerRow] = block.free
      block.free = place
      block.used--
      // One block stays, so that a single user who comes and goes does not make one each time.
      if (block.used > 0 || roomy.length === 1) return
      blocks[number] = null
      gone.push(number)
      roomy.splice(roomy.indexOf(number), 1)
    },
  }
}
