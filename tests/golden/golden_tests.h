// The comparisons, one function for each kind of fixture file. Each is a test body: failures go to GoogleTest.
#pragma once

#include <filesystem>

namespace odsora::golden {

void compare_t5(const std::filesystem::path& file);
void compare_stdit3(const std::filesystem::path& file);
void compare_vae(const std::filesystem::path& file);
/// Schedules and whole sampling loops; the loops use the weights in ../stdit3.
void compare_sampler(const std::filesystem::path& file);
/// Prompt and noise through the whole model in the folder, against the video that training/parity.py made of them.
void compare_parity(const std::filesystem::path& file, const std::filesystem::path& model_folder);
/// The authors' rule of LPL; the loop and the schedule of their on-device sampler, as compare_sampler().
void compare_lpl(const std::filesystem::path& file);
/// Merging and its undoing alone, and whole evaluations that merge, as compare_stdit3().
void compare_tdtm(const std::filesystem::path& file);

}  // namespace odsora::golden
