## Words that other texts are made of

status-new = New
status-assigned = Assigned
status-accepted = Accepted
status-on-site = Master on site
status-long-repair = Long repair
status-closed = Closed
status-refused = Refused

filter-all = All
filter-new = New
filter-assigned = Assigned
filter-accepted = Accepted
filter-on-site = On site
filter-long-repair = Long repair
filter-closed = Closed
filter-refused = Refused

role-admin = administrator
role-dispatcher = dispatcher
role-master = master
role-unknown = guest

equipment-washing-machine = Washing machines
equipment-oven = Oven
equipment-dishwasher = Dishwasher
equipment-coffee-machine = Coffee machine
equipment-plumbing = Plumbing
equipment-electrics = Electrics
equipment-water-heater = Water heaters
equipment-television = Television sets

language-name = English
yes = Yes
no = No
not-set = not given
order-number = #{ $id }
orders-count = { $count ->
    [one] { $count } order
   *[other] { $count } orders
}
master-load = { $count ->
    [0] free
    [one] { $count } active order
   *[other] { $count } active orders
}

## Commands in Telegram's menu

command-start = Start and show the menu
command-help = What I can do
command-cancel = Cancel what was begun
command-order = Show an order by its number

## Acquaintance, help, menu

start-known = Hello, <b>{ $name }</b>! { $count ->
    [one] Your role
   *[other] Your roles
}: { $roles }.

    The menu is at the bottom of the screen; /help has more.
start-unknown = Hello, <b>{ $name }</b>!

    This is a repair company's work bot. To get access, write to the administrator; your number is <code>{ $id }</code>
help-admin = <b>For administrators</b>
    Everything that a dispatcher can do, and:
    • “{ $masters }”: decide which of the added masters are taken into the team.
help-dispatcher = <b>For dispatchers</b>
    • “{ $create }”: write down an order for a client;
    • “{ $orders }”: find an order, assign or change its master, close or refuse it;
    • “{ $masters }”: add a master, switch one on or off, set a work group.
    I will tell you about every step that a master takes.
help-master = <b>For masters</b>
    • a new order comes as a message with buttons: accept it or decline;
    • the client's name and address show once you accept, the phone number once you are on site;
    • when the work is done, press “Finish”: I will ask for the total, the materials and the review and work out your share;
    • “{ $orders }”: everything that is yours now.
    In a work group, /order with a number shows an order, for example /order 12.
help-unknown = You have no access yet. Write to the administrator; your number is <code>{ $id }</code>
help-group = In a work group I show the orders of its master. To open one: /order with its number, for example /order 12.
    The buttons and my questions are for the master alone. To leave what was begun: /cancel
help-footer = /cancel leaves any dialogue without saving anything.
information = This bot keeps a repair company's orders: dispatchers write them down, masters do the work.

    If you are one of our masters or dispatchers, ask the administrator for access. Your number is <code>{ $id }</code>
contact = You can reach us through the administrator. Tell them your number, so that they find you: <code>{ $id }</code>
settings = <b>Settings</b>
    Language: { $language }

    Choose another language:
language-switched = I speak English now.
section-later = The section “{ $section }” is still being prepared.
section-later-staff = The section “{ $section }” is still being prepared. Meanwhile have a look at “{ $orders }”: it shows how many orders each status has.
section-later-users = The section “{ $section }” is still being prepared. Meanwhile the roles of dispatchers and administrators are set in the server's configuration, and masters in “{ $masters }”.
section-later-master = The section “{ $section }” is still being prepared. Meanwhile the card of each closed order shows its total and your share, and “{ $orders }” has the open ones.
unknown-text = I do not know what to do with this. Choose something from the menu below or see /help
unsupported-content = I only understand text. Please send it as text.

## Dialogues

step-header = <b>Step { $step } of { $total }</b>
cancelled = Cancelled, nothing was saved.
nothing-to-cancel = There is nothing to cancel.
dialogue-expired = A day went by without an answer, so I stopped what you had begun. Nothing was saved; you can start again.
dialogue-unreadable = The bot was updated and cannot go on with what you began. Nothing was saved; please start again.
dialogue-left = I stopped what you had begun: { $what }. Nothing was saved.
dialogue-new-order = new order
dialogue-close-order = closing an order
dialogue-add-master = adding a master
dialogue-work-group = choosing a work group
dialogue-reason = reason for a refusal
group-question = { $person }, a question for you.
    { $question }

    Reply to this message or press a button.
dialogue-step-passed = This button belongs to another step. Please answer the last question.

## New order

order-ask-equipment = What needs repair? Choose with a button.
order-ask-description = What is wrong? Describe it in { $min } to { $max } characters.
order-ask-client-name = What is the client's name?
order-ask-address = Where to go? Street, house, flat.
order-ask-phone = The client's phone number?
    For example: +7 999 123-45-67
order-ask-notes = What else should the master know? Door code, floor, a dog…
    If there is nothing to add, skip this step.
order-ask-time = When does the client expect the master? In your own words, for example: tomorrow after 3 pm.
    If it does not matter, skip this step.
order-ask-confirmation = Please check that all is right.
order-creation-title = <b>New order</b>
order-created = Order #{ $id } is created. Assign a master at once?

## What is wrong with an answer

error-empty = The message is empty. Please write it in words.
error-too-short = Too short: it takes at least { $min ->
    [one] { $min } character
   *[other] { $min } characters
}, yours has { $actual }.
error-too-long = Too long: yours has { $actual ->
    [one] { $actual } character
   *[other] { $actual } characters
}, { $max } fit. Please shorten it.
error-needs-letter = This needs at least one letter.
error-needs-digit = This needs at least one digit, for example a house number.
error-phone = This does not look like a phone number. It takes +7 or 8 and ten more digits, for example: +7 999 123-45-67
error-equipment = Please choose one of the kinds with a button.
error-amount-not-a-number = This does not look like an amount. Write it in digits, for example: 5000 or 5 000,50
error-amount-decimals = At most two digits after the point: there is nothing smaller than a kopeck.
error-amount-too-large = The amount is too large. The most is { $max }.
error-amount-negative = An amount cannot be below zero. If there was no money, write 0.
error-materials-exceed = The materials ({ $materials }) cannot cost more than the total ({ $total }).
error-yes-no = Please answer “yes” or “no”, with a button or a word.
error-not-skippable = This step cannot be skipped.
error-confirm = Press a button: confirm, go back or cancel.

## Assigning a master

assign-choose = Who gets order #{ $id }? Beside each name you see how many orders the master has now.
reassign-choose = Who takes over order #{ $id }? Beside each name you see how many orders the master has now.
assign-none = There is nobody to give order #{ $id } to: no master is both approved and switched on. Add one in “{ $masters }”.
reassign-none = There is nobody to hand order #{ $id } to: no other master is both approved and switched on.
assigned-done = Order #{ $id } is assigned to { $master }.
reassigned-done = Order #{ $id } is handed to { $master }.
taken-off-done = Order #{ $id } has no master now and is new again.

## The master's steps: the answer to them

accepted-done = You accepted order #{ $id }. The client's name and address are on the card.
decline-ask-reason = Why do you decline order #{ $id }? Write a few words or skip.
declined-done = Order #{ $id } went back to the dispatcher.
on-site-done = Noted: you are on site for order #{ $id }. The client's phone number is on the card.
back-on-site-done = Noted: you are back on site for order #{ $id }.
long-repair-done = Noted: order #{ $id } is a long repair.

## Closing

close-title = <b>Closing order #{ $id }</b>
close-ask-total = How much did the client pay in all, with materials? If nothing, write 0.
close-ask-total-staff = How much did the client pay in all, with materials? If nothing, write 0. If you do not know, skip.
close-ask-materials = How much of it were materials? If there were none, write 0.
close-ask-review = Did the client leave a review?
closed-done = Order #{ $id } is closed. Thank you for the work!
closed-done-staff = Order #{ $id } is closed.
closed-without-amounts-done = Order #{ $id } is closed without amounts.
money-total = Total: <b>{ $amount }</b>
money-materials = Materials: { $amount }
money-net = Net: { $amount }
money-master = Master's share: <b>{ $amount }</b>
money-company = Company's share: { $amount }
money-review = Review: { $answer }

## Refusing and reopening an order

refuse-ask-reason = Why is order #{ $id } refused? Write a few words or skip.
refused-done = Order #{ $id } is refused.
reopened-done = Order #{ $id } is new again.

## Why an action did not go through

refusal-present-new = This order is not assigned to anybody yet.
refusal-present-assigned = This order is already assigned and waits for the master's answer.
refusal-present-accepted = This order is already accepted by the master.
refusal-present-on-site = The master is already on site for this order.
refusal-present-long-repair = This order is a long repair.
refusal-present-closed = This order is already closed.
refusal-present-refused = This order is already refused.
refusal-assign = Only a new order can be assigned.
refusal-reassign = The master can only be changed while a master has the order.
refusal-take-off = There is nobody to take off it.
refusal-accept = Only one that waits for your answer can be accepted.
refusal-decline = You can only decline it before you accept it.
refusal-on-site = You can be on site once you have accepted it.
refusal-long-repair = A long repair can begin once the order is accepted, or on site.
refusal-close = Only an open order can be closed.
refusal-close-not-begun = You can close it once you are on site.
refusal-refuse = Only an open order can be refused.
refusal-reopen = Only a refused order can be reopened.
refusal-no-right = You have no right to do this.
refusal-order-not-found = There is no such order.
refusal-master-not-found = There is no such master.
refusal-master-takes-no-orders = This master cannot get an order now: switched off or not approved yet.
refusal-same-master = This order is this master's already.
refusal-unknown-person = I do not know this person yet. Let them press /start here and try again.
refusal-already-master = This person is a master already.
refusal-master-has-orders = This master has orders and cannot be removed. You can switch them off.

## Notices to the dispatcher

notice-accepted = 👍 { $master } accepted order #{ $id }.
notice-declined = 👎 { $master } declined order #{ $id }. It is new again.
notice-declined-reason = 👎 { $master } declined order #{ $id }. It is new again.
    Reason: { $reason }
notice-on-site = 📍 Order #{ $id }: { $master } is on site.
notice-back-on-site = 📍 Order #{ $id }: { $master } is back on site.
notice-long-repair = ⏳ Order #{ $id }: long repair, master { $master }.
notice-refused-staff = 🚫 Order #{ $id } is refused.
notice-refused-staff-reason = 🚫 Order #{ $id } is refused.
    Reason: { $reason }
notice-closed = 🏁 Order #{ $id } is closed, master { $master }.
notice-closed-without-master = 🏁 Order #{ $id } is closed.
notice-closed-without-amounts = No amounts given.

## Notices to the master

notice-assigned = 📨 New order #{ $id } for you
notice-assigned-group = 📨 New order #{ $id } — { $master }
notice-moved = Order #{ $id } went to another master. You have nothing more to do for it.
notice-taken-off = Order #{ $id } was taken off you. You have nothing more to do for it.
notice-refused = Order #{ $id } is refused. No need to go there.
notice-refused-reason = Order #{ $id } is refused. No need to go there.
    Reason: { $reason }
notice-closed-by-staff = The dispatcher closed order #{ $id }. You have nothing more to do for it.
group-notice = { $person }
    { $notice }
card-moved-on = Order #{ $id } is not yours any more.
card-declined = You declined order #{ $id }.

## Cards and lists of orders

card-title = { $emoji } <b>Order #{ $id }</b> · { $status }
card-equipment = 🔧 { $equipment }
card-description = 📝 { $description }
card-client = 👤 { $name }
card-address = 📍 { $address }
card-phone = 📞 { $phone }
card-notes = 💬 { $notes }
card-time = 🕒 { $time }
card-master = 👷 Master: { $master }
card-no-master = 👷 No master assigned
card-created = Created { $date }
card-updated = Changed { $date }
card-hidden-client = The client's name and address show once you accept the order.
card-hidden-phone = The phone number shows once you are on site.
orders-overview = <b>All orders</b> · { $count }
    Which ones to show?
orders-header = <b>{ $filter }</b> · { $count }
my-orders-header = <b>My orders</b> · { $count }
list-page = Page { $page } of { $pages }
orders-empty = <b>{ $filter }</b>

    Nothing here yet.
my-orders-empty = You have no orders now.
order-usage = Write the order's number after the command, for example: /order 12
order-wrong-group = Order #{ $id } is not for this group.

## Masters

masters-menu = <b>Masters</b>
    In all: { $total }
    Working: { $active }
    Waiting for approval: { $pending }
masters-header-all = <b>All masters</b> · { $count }
masters-header-pending = <b>Waiting for approval</b> · { $count }
masters-empty = There are no masters yet. Add the first with the button below.
masters-empty-pending = Nobody waits for approval.
master-state-active = working
master-state-inactive = switched off
master-state-pending = waits for approval
master-title = 👷 <b>{ $name }</b>
master-username = @{ $username }
master-id = Number: <code>{ $id }</code>
master-phone = Phone: { $phone }
master-specialization = Repairs: { $specialization }
master-state = State: { $state }
master-group = Work group: <code>{ $chat }</code>
master-no-group = Work group: none, orders come in private
master-active-orders = Now: { $load }
master-since = In the team since { $date }
master-approved-done = { $name } is in the team now.
master-rejected-done = { $name } is not taken into the team.
master-activated-done = { $name } gets orders again.
master-deactivated-done = { $name } gets no new orders. Those already begun stay theirs.
notice-master-approved = You are in the team of masters now. New orders will come here.
notice-master-rejected = You were not taken into the team of masters. If this is a mistake, write to the administrator.
notice-master-activated = You are switched on again: new orders will come here.
notice-master-deactivated = You were switched off for new orders. Those already begun stay yours.
notice-master-pending = 👷 A new master waits for approval. Take them into the team?
notice-master-added = You were added to the team of masters. New orders will come here; the menu is at the bottom of the screen.
notice-master-added-pending = You were added as a master. An administrator decides next; I will tell you.

add-master-title = <b>New master</b>
add-master-ask-person = Who is it? Send their Telegram number, forward any message of theirs or share their contact.
    They must have pressed /start here at least once.
add-master-ask-phone = The master's phone number?
    For example: +7 999 123-45-67
add-master-ask-specialization = What do they repair? For example: washing machines, ovens.
add-master-ask-confirmation = Please check that all is right.
add-master-summary = 👷 { $name }
    Number: <code>{ $id }</code>
    📞 { $phone }
    🔧 { $specialization }
add-master-not-an-id = This does not look like a Telegram number: it has only digits, for example 123456789. You can forward a message of theirs instead.
add-master-hidden-sender = This person hides who they are in forwarded messages. Send their number or contact.
add-master-contact-without-id = This contact has no Telegram number. Send the number or forward a message of theirs.
add-master-done-pending = Done: { $name } is added. Orders can be assigned once an administrator takes them into the team; I have asked already.
add-master-done = Done: { $name } is a master and can get orders right now.

work-group-ask = Which group will be the work group of { $name }?
    Add me to it and pick it with the button below, or forward a message from the group, or send its number.
    Skip this step to send the orders to the master in private.
work-group-whose = I was added to the group “{ $group }”. Whose work group is it?
work-group-set = Done: the orders of { $name } now come to the group { $group }.
work-group-cleared = Done: the orders of { $name } now come in private.
work-group-not-a-group = This is not a group. A group's number begins with a minus, for example -1001234567890.
work-group-linked = This is now the work group of { $master }: their orders come here. To show an order: /order and its number.

## Buttons under messages

button-assign = 👷 Assign a master
button-reassign = 🔄 Change the master
button-take-off = ↩️ Take the master off
button-close = 🏁 Close
button-refuse = 🚫 Refuse
button-reopen = ♻️ Reopen
button-view = 👁 Open the order
button-all-orders = 📋 To all orders
button-accept = ✅ Accept
button-decline = ❌ Decline
button-on-site = 📍 I am on site
button-back-on-site = 📍 Back on site
button-long-repair = ⏳ Long repair
button-complete = 🏁 Finish
button-create = ✅ Create
button-review-yes = 👍 Yes
button-review-no = 👎 No
button-masters-all = 👥 All masters
button-masters-pending = ⏳ Waiting for approval
button-master-add = ➕ Add a master
button-masters-back = ⬅️ To the masters
button-approve = ✅ Take into the team
button-reject = 🚫 Do not take
button-activate = ▶️ Switch on
button-deactivate = ⏸ Switch off
button-work-group = 💬 Work group
button-pick-group = 💬 Pick a group
button-nothing = Nothing here

## Buttons and failures

button-only-private = This works only in the private chat with me: everybody reads along here.
button-stale = This button is out of date. Please open the order again.
button-malformed = I do not understand this button. Open the menu again: /start
internal-error = Sorry, something broke here and this did not work. Nothing was changed. Please try again a little later.
bot-stopping = 🛑 The bot is stopping. Whatever came in and was not handled yet goes on after the next start.
notice-undelivered = ⚠️ The card of order №{ $id } could not be delivered to the master: the bot was blocked or removed from the group. Call the master or choose another.
