# Aliases; the work is in ./demo, ./check and the CMake presets.
.PHONY: build check demo format

build:
	cmake --preset release
	cmake --build --preset release

check:
	./check

demo:
	./demo

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i
