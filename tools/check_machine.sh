#!/bin/sh
# What the two commands need of the machine, and the one line that installs what is missing.
missing=""
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "Python 3.11 or newer is needed as '$PYTHON' (set PYTHON=... for another). / Python 3.11 以上が必要です。" >&2
  exit 3
}
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ -z "$BOSHI_MONGODB_URI" ] && [ -z "$BOSHI_MONGOD" ] && ! command -v mongod >/dev/null 2>&1; then
  /sbin/ldconfig -p 2>/dev/null | grep -q 'libcurl\.so\.4 ' || missing="$missing libcurl4"
fi
[ -z "$missing" ] && exit 0
echo "Missing on this machine / このマシンに足りないもの:$missing" >&2
echo "Install it with / 次の一行で入ります:" >&2
echo "  sudo apt-get update && sudo apt-get install -y$missing" >&2
exit 3
