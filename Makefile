# The verbs. Everything they build lies in .build* folders.
# SPDX-License-Identifier: Apache-2.0
.PHONY: boards check-threads bench-kernels bench-layers help demo demo-ocr library test bench reference lint clean

help: ## this list
	@awk -F ': ## ' '/^[a-z-]+: ## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: ## installs what is missing, builds, converts the digits network and classifies sample pictures
	@scripts/demo.sh

demo-ocr: ## the same with PP-OCRv4's recogniser on a line of text
	@scripts/demo_ocr.sh

library: ## builds libcoracle.so and libcoracle.a in .build-library; CMAKE_OPTIONS are passed on
	@scripts/install_packages.sh library
	@scripts/build_library.sh .build-library -DCORACLE_TESTS=OFF -DCORACLE_EXAMPLES=OFF $(CMAKE_OPTIONS)
	@ls -l .build-library/libcoracle.so.*.*.* .build-library/libcoracle.a

boards: ## builds the packages for boards and servers: a folder and a .tar.gz for AArch64, 32-bit ARM and x86-64 in .build-boards
	@scripts/install_packages.sh boards
	@scripts/boards.sh

bench-kernels: ## times kernels alone, beside the core's measured peak and OpenBLAS
	@scripts/install_packages.sh bench-kernels
	@scripts/bench_kernels.sh

bench-layers: ## times each convolution of resnet50 and mobilenet_v2 beside its roofline; BENCH_OPTIONS are passed on (bench/README.md)
	@scripts/install_packages.sh bench-layers
	@scripts/bench_layers.sh $(BENCH_OPTIONS)

test: ## every test: Swift, the C interface, bad input, parity, headers, scripts
	@scripts/install_packages.sh test
	@scripts/test.sh

check-threads: ## shares one model between threads under ThreadSanitizer
	@scripts/install_packages.sh demo
	@scripts/check_threads.sh

bench: ## times whole networks beside other runtimes and prints the ratios; BENCH_OPTIONS are passed on (bench/README.md)
	@scripts/install_packages.sh bench
	@scripts/bench.sh $(BENCH_OPTIONS)

reference: ## makes the reference pages of the C interface, from its headers, in .build-reference
	@scripts/install_packages.sh reference
	@scripts/reference.sh
	@echo .build-reference/index.html

lint: ## checks the scripts, the profiles, the headers' comments and the layers' rules
	@scripts/install_packages.sh lint
	@scripts/lint.sh

clean: ## removes what was built
	@rm -rf .build .build-python-aarch64 .build-codegen .build-thread-sanitizer .build-library .build-library-openblas .build-demo .build-test .build-bench .build-bench-kernels .build-boards .build-reference .venv .venv-python
