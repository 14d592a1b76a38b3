"""python -m boshi"""

from boshi.cli import main

main()
