const SHIFT = 10
const BLOCK_ROWS = 1 << SHIFT
const MASK = BLOCK_ROWS - 1
/** The end of a chain of rows. */
export const NO_ROW = -1

/** How many cells of each kind a row has. */
export interface RowShape {
  readonly numbers: number
  /** Small integers: numbers of other rows, positions. At least one, in which free rows are chained. */
  readonly links: number
  readonly refs: number
}

/** A block of rows, each kind of cell side by side: what a row holds costs no object, and the collector has little to visit. */
export interface Block {
  readonly numbers: Float64Array
  readonly links: Int32Array
  readonly refs: unknown[]
  used: number
  /** The first of its free rows. */
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

/** The place of a row in its block; the cells of one kind begin at this, times the number of them. */
export function placeOf(row: number): number {
  return row & MASK
}

export function createRows(shape: RowShape): Rows {
  const blocks: (Block | null)[] = []
  // Blocks that had room when they were put here; the last one is filled first.
  const roomy: number[] = []
  const gone: number[] = []

  const addBlock = (): number => {
    const number = gone.pop() ?? blocks.length
    const links = new Int32Array(BLOCK_ROWS * shape.links)
    for (let place = 0; place < BLOCK_ROWS; place++) {
      links[place * shape.links] = place + 1 === BLOCK_ROWS ? NO_ROW : place + 1
    }
    const numbers = new Float64Array(BLOCK_ROWS * shape.numbers)
    const refs = new Array<unknown>(BLOCK_ROWS * shape.refs).fill(null)
    blocks[number] = { numbers, links, refs, used: 0, free: 0 }
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
      block.free = block.links[place * shape.links] as number
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
      block.links[place * shape.links] = block.free
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
