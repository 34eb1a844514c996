/**
 * table.sort in Lua, a part of the sandbox: a script can be left in the middle of it, and in the middle of its comparisons,
 * which it could not while C sorts. It compares and exchanges the same elements in the same order as Lua 5.1, for what is
 * left of equal ones, and of functions that are no order, is seen by scripts.
 *
 * C sorts where there is no function and what may have to be compared, at worst, is not much (`sortsSoon`), and tables that
 * have a metatable, as it does not ask those.
 */
export const sortSource = `
local sortInC, floor = table.sort, math.floor

local function isLess(one, other)
	return one < other
end

local function sortRange(t, low, high, isBefore, level)
	while low < high do
		local first, last = t[low], t[high]
		if isBefore(last, first) then t[low], t[high] = last, first end
		if high - low == 1 then return end
		local middle = floor((low + high) / 2)
		local pivot, least = t[middle], t[low]
		if isBefore(pivot, least) then t[middle], t[low] = least, pivot
		else
			local most = t[high]
			if isBefore(most, pivot) then t[middle], t[high] = most, pivot end
		end
		if high - low == 2 then return end
		pivot = t[middle]
		t[middle], t[high - 1] = t[high - 1], pivot
		local up, down = low, high - 1
		while true do
			up = up + 1
			local left = t[up]
			while isBefore(left, pivot) do
				if up > high then error("invalid order function for sorting", level) end
				up = up + 1
				left = t[up]
			end
			down = down - 1
			local right = t[down]
			while isBefore(pivot, right) do
				if down < low then error("invalid order function for sorting", level) end
				down = down - 1
				right = t[down]
			end
			if down < up then break end
			t[up], t[down] = right, left
		end
		t[high - 1], t[up] = t[up], t[high - 1]
		if up - low < high - up then
			sortRange(t, low, up - 1, isBefore, level + 1)
			low = up + 1
		else
			sortRange(t, up + 1, high, isBefore, level + 1)
			high = up - 1
		end
	end
end

function table.sort(...)
	local t, isBefore = ...
	if type(t) ~= "table" then blame(1, "sort", "table", ...) end
	if isBefore ~= nil and type(isBefore) ~= "function" then blame(2, "sort", "function", ...) end
	if getmetatable(t) ~= nil or (isBefore == nil and sortsSoon(t)) then return sortInC(t, isBefore) end
	sortRange(t, 1, #t, isBefore or isLess, 3)
end
`;
