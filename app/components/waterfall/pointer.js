// Tells the waterfall in the same box what is selected and found. It stands apart from the rows, so that they are not
// sent again with every selection.
export default function ({ data, parentElement }) {
  const box = (parentElement.host || parentElement).closest('[class*=st-key-waterfall]')
  if (!box) return
  box.waterfallPointer = data
  box.waterfallListener?.(data)
}
