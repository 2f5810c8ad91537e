#!/bin/sh
# Answers as nvidia-smi did when the capture in the folder was taken.
d=@CAPTURE@
case "$*" in
  --query-gpu=*) f=query-gpu ;;
  --query-compute-apps=*) f=compute-apps ;;
  --version) f=version ;;
  -L) f=list ;;
  '-q -x') f=query ;;
  '') f=table ;;
  *) echo "unexpected arguments: $*" >&2; exit 2 ;;
esac
if [ "$f" = query-gpu ] && [ -f "$d/unknown.txt" ]; then
  while read -r field; do
    case "$1" in *"$field"*) echo "Field \"$field\" is not a valid field to query."; echo; exit 2 ;; esac
  done < "$d/unknown.txt"
fi
[ "$LC_ALL" = C ] || { echo "LC_ALL is $LC_ALL" >&2; exit 2; }
[ -f "$d/$f.txt" ] && cat "$d/$f.txt"
[ -f "$d/$f.exit" ] && exit "$(cat "$d/$f.exit")"
exit 0
