// Tells the tree in the same box what is selected. It stands apart from the rows, so that they are not sent again.
export default function ({ data, parentElement }) {
  const box = (parentElement.host || parentElement).closest(".st-key-aligned_tree");
  if (!box) return;
  box.treePointer = data.selected;
  box.treeListener?.(data.selected);
}
