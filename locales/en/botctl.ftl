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
role-guest = guest

equipment-washing-machine = Washing machines
equipment-dryer = Tumble dryers
equipment-oven = Oven
equipment-dishwasher = Dishwasher
equipment-coffee-machine = Coffee machine
equipment-refrigerator = Fridges
equipment-plumbing = Plumbing
equipment-electrical = Electrical
equipment-water-heater = Water heaters
equipment-television = TVs
equipment-other = Other

notice-kind-created = New orders
notice-kind-progress = Master's steps: accepted, arrived, repairing
notice-kind-closed = Closed orders and money
notice-kind-comment = Comments and photos
notice-kind-corrected = Corrections of closed orders
notice-kind-deleted = Deleted orders
notice-kind-hand-over = Cash from masters

language-name = English
review-given = yes
review-missing = no
value-not-set = not given
order-number = #{ $id }
orders-count = { $count ->
    [one] { $count } order
   *[other] { $count } orders
}
orders-count-more = { $count } orders
master-load = { $count ->
    [0] free
    [one] { $count } active order
   *[other] { $count } active orders
}
master-day-visits = { $count ->
    [one] { $count } visit that day
   *[other] { $count } visits that day
}

## Commands in Telegram's menu

command-start = Start and show the menu
command-help = What I can do
command-cancel = Cancel the current action
command-order = Show an order by its number
command-find = Find an order: number, phone, name, address
command-today = Today's visits

## Greeting, help, menu

greeting-user = Hello, <b>{ $name }</b>! { $count ->
    [one] Your role
   *[other] Your roles
}: { $roles }.

    The menu is at the bottom of the screen. For help, send /help.
greeting-guest = Hello, <b>{ $name }</b>!

    This is the bot of a repair company. Something broken? Write here what it is, your address and phone, and I will pass it on to the dispatcher.
    Working with us? Press “🔑 Ask for access”. Your Telegram ID: <code>{ $id }</code>
help-admin = <b>For administrators</b>
    Everything a dispatcher can do, and:
    • “⋯ More” on a card: delete an order or correct a closed one; /order with its number shows a deleted one;
    • “{ $users }”: find any user, grant and revoke roles;
    • “{ $masters }”: approve or reject newly added masters, make one a senior master, dismiss one;
    • “⚙️ Settings”: the types of equipment, too.
help-dispatcher = <b>For dispatchers</b>
    • “{ $create }”: take an order from a client;
    • “{ $orders }”: assign or change its master, move the visit, hurry the master or take a step for them, close or refuse it;
    • “⋯ More” on a card: edit the order, add a comment or photo, see its history, arrange a repeat visit;
    • “🔍 Search” or /find: find an order by number, phone, name or address (you can also just write what you look for); /today: the visits of the day by master;
    • forward or paste a client's whole message or contact: I will read it into an order;
    • “{ $masters }”: add a master, activate or deactivate one, give a day off, set a work group;
    • “⚙️ Settings”: language and notifications.
    I will let you know about every step a master takes.
help-master = <b>For masters</b>
    • a new order arrives as a message with buttons: accept or decline it;
    • you see the client's name and address once you accept, and the phone number once you are on site;
    • when the work is done, press “Close”: I will ask for the total, the materials and the review, and work out your share;
    • “Can't make it”, “Client declined” and “Reschedule” are on the order's card for when things go otherwise;
    • reply to a card with text, a photo or a voice message: I will add it to the order and pass it on to the dispatcher;
    • “📅 Today”: today's visits with the next step; “{ $orders }”: all your orders; /find searches them;
    • “{ $settings }”: take a day off; until then you get no new orders.
    In a work group, /order with a number shows an order, for example /order 12.
help-guest = Something broken? Write here what it is, your address and phone, and I will pass it on to the dispatcher.
    Working with us? Press “🔑 Ask for access”. Your Telegram ID: <code>{ $id }</code>
help-group = In a work group I show its master's orders. To open one, send /order with its number, for example /order 12.
    The master can also send “📋 My orders” and “📅 Today” (/today) here.
    The master presses the buttons; a dispatcher can do it for them. Answer my questions by replying to them. To cancel the current action: /cancel
help-footer = /cancel cancels the current action without saving anything.
company-information = This bot manages a repair company's orders: dispatchers take them, masters do the work.

    Something broken? Write here what it is, your address and phone, and I will pass it on to the dispatcher.
    If you are one of our masters or dispatchers, ask for access with the button below. Your Telegram ID: <code>{ $id }</code>
company-contact = Write here what you need, and I will pass it on to the dispatcher. Your Telegram ID: <code>{ $id }</code>
settings-menu = <b>Settings</b>
    Language: { $language }

    Choose a language:
notices-menu = <b>Notifications</b>
    Tap to turn one on or off. I always tell you when a master declines, a visit moves or a message is not delivered.
address-from-assigned-done = Masters see the name and address of a client as soon as they get the order, and the phone once on site, as before.
address-from-accepted-done = Masters see the name and address of a client once they accept the order.
rates-title = <b>💵 Rates: { $name }</b>
    { $state }
rates-line = { $name }: <b>{ $value }</b>
rates-note = Percentages are of the total without materials. Closed orders keep their rates.
rates-of-all = all equipment
rates-types = <b>Rates by equipment type</b>
    ✏️ marks types with rates of their own. The others use the common ones.
rates-state-own = Set here.
rates-state-of-all = The common rates apply. Change one to give this type its own.
rates-state-default = Standard rates.
rates-ask = <b>{ $title }</b>
    { $name }: { $value } now. What should it be?
rates-hint-threshold = The total without materials from which the master’s share is higher. For example: 7000
rates-hint-share = The master’s share as a whole per cent. For example: 45
rates-hint-bonus = How many per cent to add to the master’s share. 0 for nothing.
rates-hint-floor = The least per cent a senior master gets before bonuses. 0 for the same as others.
rates-hint-cap = The most a master’s share can be, bonuses included. 100 for no limit.
rates-reset-done = The rates are reset.
rate-threshold = Threshold
rate-below = Below threshold
rate-from = From threshold
rate-review = Review bonus
rate-out-of-city = Out-of-city bonus
rate-senior-floor = Senior minimum
rate-cap = Maximum
rate-percent = { $percent }%
equipment-list = <b>Equipment types</b> · { $count }
    Hidden ones are not offered for new orders.
equipment-screen = <b>{ $name }</b>
    State: { $state }
    Position: { $place } of { $total }
equipment-state-offered = offered for orders
equipment-state-hidden = hidden
equipment-ask-name = What is the new type of equipment called? For example: Air conditioners
equipment-ask-rename = What is the new name for “{ $name }”? Earlier orders keep the old one.
equipment-hidden-done = The type is hidden.
equipment-shown-done = The type is offered again.
equipment-moved-done = Done.
language-switched = I speak English now.
question-none = I have no question for you right now. Choose something from the menu below.
text-not-understood-staff = I don't understand that, and no order has it. To take a new one, send the client's whole message with the phone number. For help, send /help
text-not-understood = I don't understand that. Choose something from the menu below or see /help
command-unknown = There is no such command; /help lists all of them.
command-unknown-dialogue = There is no such command. I am waiting for the answer to the last question; to cancel, send /cancel
command-unknown-group = There is no such command. In groups I know /order with a number, /help and /cancel.
error-anonymous-sender = I can't see who this is: you are writing as the chat. Turn off anonymity and try again as yourself.
content-without-order = To add this to an order, reply to its card with a photo, a video, a file or a voice message.
content-without-order-staff = To add this to an order, reply to its card with a photo, a video, a file or a voice message. To start a new order, put the client's words under the photo.
content-not-supported = I only understand text. Please send it as text.

## Dialogues

step-header = <b>Step { $step } of { $total }</b>
dialogue-cancelled = Cancelled. Nothing was saved.
dialogue-none = There is nothing to cancel.
dialogue-expired = There was no answer for a day, so the action was cancelled. Nothing was saved; you can start again.
dialogue-outdated = The bot was updated and cannot continue this action. Nothing was saved; please start again.
dialogue-pointless = You need not answer the question about order #{ $id } any more: another user has changed the order.
dialogue-forbidden = Your role has changed, so I ended what you were doing. Nothing was saved.
dialogue-waiting = You have something unfinished.
continue-new-order = ↩️ Continue the order
continue-closing = ↩️ Continue closing #{ $id }
continue-reason = ↩️ The reason for #{ $id }
continue-long-repair = ↩️ Long repair of #{ $id }
continue-order = ↩️ Continue: order #{ $id }
continue-add-master = ↩️ Continue: new master
continue-day-off = ↩️ Continue: day off
continue-rate = ↩️ Continue: rate
continue-equipment-name = ↩️ Continue: equipment type
continue-work-group = ↩️ Continue: work group
edit-taken = ✏️ Corrected.
edit-too-late = I only take edits of your last answer to a question. Please send anything else as a new message.
text-rest-late = This is the end of your previous message. It came separately, so neither part was taken. Please send the whole answer again, and shorter.
group-question = { $person }, a question for you.
    { $question }

    Reply to this message or press a button.
button-not-yours = This question is not for you, or it was answered already.
button-other-step = This button belongs to another step. Please answer the last question.

## New order

order-ask-equipment = What needs repair? Choose a button.
order-ask-description = What is wrong? Describe it in { $min } to { $max } characters.
order-ask-client-name = What is the client's name?
order-ask-address = What is the address? Street, house, apartment.
order-ask-phone = What is the client's phone number?
    For example: +7 999 123-45-67
order-ask-notes = Anything else the master should know? Door code, floor, a dog…
    If there is nothing to add, skip this step.
order-ask-time = When does the client expect the master? For example: tomorrow after 3 pm, Fri 10–12, 25 Dec at 9:30.
    If it does not matter, skip this step.
order-ask-confirmation = Is everything correct? Press a master to create the order and assign it at once. To correct a field, press its button.
order-ask-confirmation-alone = Is everything correct? To correct a field, press its button.
order-confirm-by-button = I don't save text at this step. To correct a field, press its button.
order-file-kept = 📎 I kept the file; it will be with the order.
order-name-taken = 👤 Name noted: { $name }
order-note-taken = 💬 Added to the notes: { $note }
order-present-answer = At present: { $answer }
client-known = 👤 This client has called before: <b>{ $name }</b>, { $address }
    { $count ->
        [one] { $count } order
       *[other] { $count } orders
    }, the last one is #{ $id } of { $date } ({ $status }).
client-open-order = ⚠️ This phone number already has an open order: #{ $id }, { $equipment } ({ $status }).
order-creation-title = <b>New order</b>
order-draft-unfinished = You have an unfinished order; let's continue it. To start over, press “{ $cancel }”.
order-recognised = 📋 From the message:
order-recognised-all = 📋 I found everything in the message.
order-created = Order #{ $id } was created. Assign a master now?
order-created-assigned = Order #{ $id } was created and assigned. Master: { $master }

## What is wrong with an answer

error-empty = The message is empty. Please write something.
error-too-short = Too short: please use at least { $min ->
    [one] { $min } character
   *[other] { $min } characters
}; yours has { $actual }.
error-too-long = Too long: yours has { $actual ->
    [one] { $actual } character
   *[other] { $actual } characters
}; the limit is { $max }. Please shorten it.
error-needs-letter = Digits and signs are not enough: this needs at least one letter.
error-is-phone = That is a phone number, which has its own step.
error-phone = I can't find exactly one phone number here. It must be +7 or 8 followed by ten digits, for example: +7 999 123-45-67
error-equipment = Please press one of the buttons.
error-not-percent = Send a whole per cent from 0 to 100, for example: 45
error-rate-above = Below the threshold the share cannot be higher than from it ({ $percent }%), or a master would earn less on a bigger order.
error-rate-below = From the threshold the share cannot be lower than below it ({ $percent }%), or a master would earn less on a bigger order.
error-amount-not-a-number = This does not look like an amount. Use digits, for example: 5000, 5 000.50 or 5k
error-amount-decimals = Use at most two decimals, and separate thousands with a space, for example: 5 000
error-amount-too-large = The amount is too large. Maximum: { $max }
error-amount-ambiguous = Is this one amount or two? Write each without spaces inside, for example: 3500 500
error-amount-negative = An amount cannot be negative. If no money was paid, enter 0.
error-materials-exceed = The materials ({ $materials }) cannot cost more than the total ({ $total }).
error-promised-date = I don't understand that day. Press a button or write, for example: tomorrow, Fri, 25.12
error-promised-too-early = The earliest day is tomorrow.
error-promised-too-late = Too far ahead: a promise may be at most { $days } days away.
error-visit-past = That time has passed. Choose another one.
error-yes-no = Please answer “yes” or “no”, with a button or in writing.
error-not-skippable = This step cannot be skipped.
error-confirm = Press a button: confirm, go back or cancel.

## Assigning a master

assign-ask-master = Which master gets order #{ $id }? The number of active orders is next to each name.
reassign-ask-master = Which master takes over order #{ $id }? The number of active orders is next to each name.
assign-no-masters = Order #{ $id } cannot be assigned: there are no approved and active masters. Add one in “{ $masters }”.
reassign-no-masters = Order #{ $id } cannot be reassigned: there are no other approved and active masters.
assigned-done = Order #{ $id } was assigned. Master: { $master }
reassigned-done = Order #{ $id } was reassigned. Master: { $master }
unassigned-done = The master was unassigned from order #{ $id }. It is new again.

## The master's steps: the answer to them

accepted-done = You accepted order #{ $id }. The client's name and address are on the card.
decline-ask-reason = Why are you declining order #{ $id }? Write a few words or skip.
declined-done = You declined order #{ $id }. It went back to the dispatcher.
decline-ask-reason-for-master = Why did the master decline order #{ $id }? Write a few words or skip.
declined-for-master-done = The master's refusal is recorded. Order #{ $id } is new again.
hand-back-ask-reason = Why can't you make it to order #{ $id }? A few words will do: the dispatcher sees them at once.
hand-back-ask-reason-for-master = Why can't the master make it to order #{ $id }? A few words will do.
handed-back-done = Order #{ $id } is back with the dispatcher, who has been told.
client-decline-ask-reason = Why did the client decline the repair, order #{ $id }? For example: too expensive, changed their mind.
client-declined-done = Recorded: the client declined, order #{ $id }.
for-master-done = Recorded for the master. Order #{ $id }: { $status }
on-site-done = You are marked as on site for order #{ $id }. The client's phone number is on the card.
back-on-site-done = You are marked as back on site for order #{ $id }.
long-repair-title = <b>Long repair, order #{ $id }</b>
long-repair-ask-date = When does the client get the appliance back? Choose a day or write one, for example: Fri, 25.12
long-repair-promised = Promised: { $date }
long-repair-weekend = ⚠️ That is a weekend. If it is a mistake, go one step back.
long-repair-far-ahead = ⚠️ That is more than three months away. If it is a mistake, go one step back.
long-repair-ask-parts = Which parts are needed? Skip if you don't know.
long-repair-paid = The client has paid so far: { $amount }
long-repair-ask-prepayment = How much did the client pay in advance this time? Skip if nothing.
long-repair-done = Long repair recorded for order #{ $id }. Promised: { $date }
reschedule-ask = When should the visit for order #{ $id } be? Choose or write, for example: Fri after 15, 25.12 10–12.
reschedule-present = Now: { $visit }
rescheduled-done = The visit for order #{ $id } is moved: { $visit }
visit-overlap = ⚠️ At the same time the master has order #{ $id } ({ $visit }){ $count ->
    [0] .
   *[other] {" "}and { $count } more.
}
client-waiting-done = Sent to the master: { $master }

## Closing

close-title = <b>Closing order #{ $id }</b>
close-ask-total = How much did the client pay in total, including materials? If nothing, enter 0.
    You can add the materials at once: 3500 500
close-ask-total-staff = How much did the client pay in total, including materials? If nothing, enter 0. If you don't know, skip.
    You can add the materials at once: 3500 500
close-paid-before = Include the prepayment of { $amount }.
close-ask-materials = How much of it was for materials? If there were none, press “No materials”.
close-ask-review = Did the client leave a review?
close-ask-out-of-city = Was the work out of town?
close-check = Is everything right? Check it and close the order.
close-ask-refusal = That is a small amount. Did the client refuse the repair? Then press “It's a refusal”.
close-rates-changed = The rates have just changed, so the shares are different.
error-close-check = Press “Close the order” or what needs changing.
button-out-of-city = Out of town
button-in-city = In town
button-close-order-now = ✅ Close the order
button-close-as-refusal = 🚫 It's a refusal
button-change-total = ✏️ Total
button-change-materials = ✏️ Materials
button-change-review = ✏️ Review
button-change-out-of-city = ✏️ Out of town
closed-done = Order #{ $id } is closed. Thank you for your work!
closed-done-staff = Order #{ $id } is closed.
closed-without-amounts-done = Order #{ $id } is closed without amounts.
money-total = Total: <b>{ $amount }</b>
money-materials = Materials: { $amount }
money-net = Net: { $amount }
money-master = Master's share: <b>{ $amount }</b>
money-company = Company's share: { $amount }
money-review = Review: { $answer }
money-out-of-city = Out of town: { $answer }

## Refusing and reopening an order

refuse-ask-reason = Why is order #{ $id } being refused? Write a few words or skip.
refused-done = Order #{ $id } is refused.
reopened-done = Order #{ $id } is new again.

## Why an action did not go through

refusal-status-new = This order is not assigned yet.
refusal-status-assigned = This order is already assigned and is waiting for the master's answer.
refusal-status-accepted = This order is already accepted.
refusal-status-on-site = The master is already on site for this order.
refusal-status-long-repair = This order is a long repair.
refusal-status-closed = This order is already closed.
refusal-status-refused = This order is already refused.
refusal-assign = Only a new order can be assigned.
refusal-reassign = The master can only be changed while they have the order.
refusal-unassign = The master can only be unassigned while they have the order.
refusal-accept = Only an order that waits for the master's answer can be accepted.
refusal-decline = An order can only be declined before it is accepted.
refusal-decline-accepted = Can't make it? Press “Can't make it”.
refusal-hand-back = “Can't make it” is for an accepted order, before you are on site.
refusal-client-decline = The client's refusal can be recorded once the master is on site.
refusal-reason-missing = A reason is needed. Please start again.
refusal-told-just-now = The master was told less than five minutes ago.
refusal-on-site = The master can be on site only once the order is accepted.
refusal-long-repair = Only an accepted order can become a long repair.
refusal-close-before-on-site = You can close it once you are on site.
refusal-reopen = Only a refused order can be reopened.
refusal-no-right = You are not allowed to do this.
refusal-order-not-found = There is no such order.
refusal-master-not-found = There is no such master.
refusal-master-takes-no-orders = This master cannot get orders now: they are inactive or not approved yet.
refusal-master-has-day-off = This master has a day off. Choose another one, or end the day off in their profile first.
refusal-same-master = This master already has this order.
refusal-unknown-person = I don't know this person yet. Ask them to press /start in this bot, then try again.
refusal-already-master = This person is already a master.
refusal-no-such-equipment = There is no such type of equipment.
refusal-equipment-exists = There is already a type of equipment with this name.
refusal-rates-changed = Another administrator has just changed the rates. Please open them again.
refusal-balance-changed = The master's balance has just changed: a colleague may have booked this cash already. Please check the amount.
refusal-no-such-hand-over = This entry no longer exists.
refusal-too-many-equipment-types = There are too many types of equipment already. Rename a hidden one.
refusal-master-has-open-orders = This master still has { $count ->
    [one] { $count } open order
   *[other] { $count } open orders
}. Give them to other masters first.
refusal-never-a-master = This user has no phone and no trade as a master yet. Add them under “👥 Masters”.
refusal-last-admin = This is the only administrator. Appoint another one first.
refusal-own-admin-role = You cannot revoke your own role of an administrator. Another administrator can.
refusal-master-has-orders = This master has orders and cannot be removed. You can deactivate them instead.

## Notices to the dispatcher

notice-created = 🆕 New order #{ $id }: { $about }
    Created by: { $by }
notice-created-assigned = 🆕 New order #{ $id }: { $about }
    Created by: { $by }. Master: { $master }
notice-accepted = 👍 Order #{ $id } was accepted. Master: { $master }
notice-declined = 👎 Order #{ $id } was declined and is new again. Master: { $master }
notice-handed-back = 🆘 The master can't make it, order #{ $id } is new again. Master: { $master }
notice-client-declined = 🚫 The client declined, order #{ $id }. Master: { $master }
notice-reason = Reason: { $reason }
notice-by-staff = Recorded for the master by { $person }
notice-rescheduled = 🕒 The visit for order #{ $id } is moved: { $visit }
notice-rescheduled-from = It was: { $visit }
notice-rescheduled-by = Moved by { $person }
notice-assigned-staff = 📨 Order #{ $id } is assigned. Master: { $master }
    Assigned by { $person }
notice-reassigned-staff = 🔄 Order #{ $id } is reassigned. Master: { $master }
    Reassigned by { $person }
notice-unassigned-staff = ↩️ Order #{ $id } has no master now and is new again. Master: { $master }
    Unassigned by { $person }
notice-reopened-staff = ♻️ Order #{ $id } is open again.
    Reopened by { $person }
notice-on-site = 📍 On site for order #{ $id }. Master: { $master }
notice-back-on-site = 📍 Back on site for order #{ $id }. Master: { $master }
notice-long-repair = ⏳ Order #{ $id } is a long repair. Master: { $master }
notice-long-repair-until = ⏳ Long repair of order #{ $id }, promised: { $date }. Master: { $master }
notice-refused-staff = 🚫 Order #{ $id } is refused.
notice-closed = 🏁 Order #{ $id } is closed. Master: { $master }
notice-closed-without-master = 🏁 Order #{ $id } is closed.
notice-closed-without-amounts = No amounts given.

## Notices to the master

notice-assigned = 📨 New order #{ $id } for you
notice-assigned-group = 📨 New order #{ $id }. Master: { $master }
notice-reassigned = Order #{ $id } was given to another master. Nothing more is needed from you.
notice-unassigned = You were unassigned from order #{ $id }. Nothing more is needed from you.
notice-refused = Order #{ $id } is refused. Nothing more is needed from you.
notice-refused-reason = Order #{ $id } is refused. Nothing more is needed from you.
    Reason: { $reason }
notice-closed-by-staff = Order #{ $id } is closed. Nothing more is needed from you.
notice-for-master = ✍️ Order #{ $id }: { $status }
    Recorded for you by { $person }
notice-client-waiting = ⏰ <b>The client is waiting!</b> Order #{ $id }. Please accept or decline it.
notice-client-waiting-phone = ⏰ <b>The client is waiting!</b> Order #{ $id }
    📞 { $phone }
notice-for-master-declined = declined
group-notice = { $person }
    { $notice }
card-unassigned = Order #{ $id } is no longer yours.
card-declined = You declined order #{ $id }.
card-handed-back = You handed order #{ $id } back to the dispatcher.
card-client-declined = Order #{ $id }: the client declined.

## Cards and lists of orders

card-title = { $emoji } <b>Order #{ $id }</b> · { $status }
card-equipment = 🔧 { $equipment }
card-description = 📝 { $description }
card-client = 👤 { $name }
card-address = 📍 { $address }
card-phone = 📞 { $phone }
card-notes = 💬 { $notes }
card-time = 🕒 { $time }
card-promised = 📅 Promised: { $date }
card-parts = 🔩 Parts: { $parts }
card-prepayment = 💵 Prepayment: { $amount }
card-refuse-reason = 🚫 Reason: { $reason }
visit-after = { $day }, after { $time }
visit-before = { $day }, before { $time }
visit-not-understood = I could not read a day and time in this, so the master will see your words as they are.
weekday-mon = Mon
weekday-tue = Tue
weekday-wed = Wed
weekday-thu = Thu
weekday-fri = Fri
weekday-sat = Sat
weekday-sun = Sun
card-files = 📎 { $count }
card-master = 👷 Master: { $master }
card-no-master = 👷 No master assigned
card-created = Created { $date }
card-updated = Changed { $date }
card-hidden-client = You will see the client's name and address once you accept the order.
card-hidden-phone = You will see the phone number once you are on site.
orders-overview = <b>All orders</b> · { $count }
    Which ones do you want to see?
orders-header = <b>{ $filter }</b> · { $count }
my-orders-header = <b>My orders</b> · { $count }
list-page = Page { $page } of { $pages }
orders-empty = <b>{ $filter }</b>

    Nothing here yet.
orders-pick-day = Visits of which day?
orders-pick-master = Whose orders?
my-orders-empty = You have no orders right now.
my-closed-header = <b>My closed orders</b> · { $count }
my-closed-empty = You have no closed orders yet.
client-header = 👤 <b>{ $name }</b> · { $phone }
    { $count }
client-paid = Closed with an amount: { $count }, total { $sum }
age-minutes = { $count } min
age-hours = { $count } h
age-days = { $count } d

## Visits of a day

my-day-header = 📅 <b>{ $day }</b>
my-day-empty = No visits today.
my-day-superseded = 📅 The list of the day is further down now.
my-day-withdrawn = 📅 This list is no longer for you.
my-day-more = … and { $count } more: they are in “📋 My orders”
my-day-overdue = ⚠️ <b>The day of the visit has passed</b>
my-day-undated = 🕓 <b>No time set</b>
day-visit = <b>{ $visit }</b>
day-plan-header = 📅 <b>{ $day }</b> · { $count ->
    [one] { $count } visit
   *[other] { $count } visits
}
day-plan-empty = No visits on this day.
day-plan-master = 👷 <b>{ $master }</b>
day-plan-unassigned = ❗ <b>No master</b>
day-plan-visit = • { $visit }
day-plan-overlap = ⚠️ { $visit } · overlaps
day-plan-gap = ┄ free { $from }–{ $until }
day-today = today
day-tomorrow = tomorrow
time-after = after { $time }
time-before = before { $time }
time-any = all day
order-usage = Write the order's number after the command, for example: /order 12
order-wrong-group = Order #{ $id } is not for this group.

## Search

search-ask = 🔍 What are you looking for? Send an order number, a phone or a few of its digits, a name, an address or a word of the description.

    For example: 70 Main Street
search-ask-in-draft = 🔍 Your draft stays as it is. Send what to look for after the command, for example: <code>/find 70 Main Street</code>
search-usage = Send an order number, a few digits of a phone, or at least two letters of a name, an address or a description, for example: <code>/find 70 Main Street</code>
search-header = 🔍 <b>{ $query }</b> · { $count }
search-header-more = 🔍 <b>{ $query }</b> · more than { $count } orders

    These are the newest { $count }. Add a word to narrow the search.
search-nothing = 🔍 <b>{ $query }</b>

    Nothing found. I search order numbers, names, addresses, descriptions and any part of a phone; capital letters do not matter. Try a shorter or another word.
search-nothing-master = 🔍 <b>{ $query }</b>

    Nothing found among your orders. I search numbers, descriptions, names and addresses of the orders you accepted, and phones once you are on site.
search-incomplete = Older orders are still being added to the search. If yours is missing, try again in a few minutes.
search-forgotten = This search was too long ago. Start a new one.

## Masters

masters-menu = <b>Masters</b>
    Total: { $total }
    Active: { $active }
    Waiting for approval: { $pending }
masters-header-all = <b>All masters</b> · { $count }
masters-header-pending = <b>Waiting for approval</b> · { $count }
masters-empty = There are no masters yet. Add the first one with the button below.
masters-empty-pending = No masters are waiting for approval.
master-state-active = active
master-state-inactive = inactive
master-state-pending = waiting for approval
master-state-dismissed = dismissed
master-state-day-off = 🌴 day off, back { $until }
master-title = 👷 <b>{ $name }</b>
master-username = @{ $username }
master-id = Telegram ID: <code>{ $id }</code>
master-phone = Phone: { $phone }
master-specialization = Repairs: { $specialization }
master-state = State: { $state }
master-senior = ⭐ Senior master
master-group = Work group: { $group }
master-no-group = Work group: none, orders arrive in the private chat
master-active-orders = Now: { $load }
master-since = Added: { $date }
master-approved-done = Master approved: { $name }
master-rejected-done = Master rejected: { $name }
master-activated-done = Master activated, gets orders again: { $name }
master-deactivated-done = Master deactivated, gets no new orders: { $name }. They keep the orders they have.
master-senior-done = Senior master now: { $name }
master-not-senior-done = No longer a senior master: { $name }
master-dismissed-done = Master dismissed: { $name }. Their orders and money stay in the history.
master-dismissed-group = The work group was unlinked.
dismissal-ask = Dismiss this master? Name: { $name }
    They get no orders any more, see none of the old ones, and their work group is unlinked. The history and the money stay. You can take them back later.
dismissal-orders = <b>{ $name }</b>: { $count ->
    [one] { $count } open order
   *[other] { $count } open orders
}
    Before you dismiss a master, their open orders go to others. Press one to choose who takes it over.
dismissal-no-orders = <b>{ $name }</b> has no open orders.
notice-master-dismissed = You are no longer one of the masters here, and the orders are not shown to you any more. Thank you for your work! If this is a mistake, contact the administrator.
notice-master-senior = ⭐ You are a senior master now.
notice-master-not-senior = You are no longer a senior master.
notice-added-approved = ✅ The master whom you added was approved: { $name }. Orders can be assigned.
notice-added-rejected = 🚫 The master whom you added was not approved: { $name }
day-off-ask = Until when does the master have a day off? Name: { $name }
    Press a button, or write the day on which they work again, for example: Fri, 25.12
day-off-ask-own = Until when do you have a day off?
    Press a button, or write the day on which you work again, for example: Fri, 25.12
day-off-not-understood = I don't understand that day, or it has passed.
day-off-own = 🌴 You have a day off. You work again: { $until }. Until then you get no new orders; you keep those you have.
day-off-own-over = Your day off is over: you get new orders again.
day-off-of-master = 🌴 A master has a day off. Name: { $name }. Works again: { $until }
day-off-of-master-over = A master gets orders again. Name: { $name }
day-off-done = Done.
notice-master-approved = You were approved as a master. New orders will arrive here.
notice-master-rejected = You were not approved as a master. If this is a mistake, contact the administrator.
notice-master-activated = You were activated again: new orders will arrive here.
notice-master-deactivated = You were deactivated and will get no new orders. You keep the orders you have.
notice-master-pending = 👷 A new master is waiting for approval. Approve them?
notice-master-added = You were added as a master. New orders will arrive here; the menu is at the bottom of the screen.
notice-master-added-pending = You were added as a master. I will let you know when the administrator decides.

add-master-title = <b>New master</b>
add-master-ask-person = Who is it? Send their Telegram ID, forward any of their messages or share their contact.
    They must press /start in this bot first.
add-master-ask-phone = What is the master's phone number?
    For example: +7 999 123-45-67
add-master-ask-specialization = What do they repair? For example: washing machines, ovens.
add-master-ask-confirmation = Is everything correct?
add-master-summary = 👷 { $name }
    Telegram ID: <code>{ $id }</code>
    📞 { $phone }
    🔧 { $specialization }
add-master-not-an-id = This does not look like a Telegram ID, which has only digits, for example 123456789. You can also forward one of their messages.
add-master-hidden-sender = This person hides their account in forwarded messages. Send their Telegram ID or contact.
add-master-not-a-person = This message is from a channel or a group. Forward one from the person or send their Telegram ID.
add-master-contact-without-id = This contact has no Telegram ID. Send the ID or forward one of their messages.
add-master-done-pending = Master added: { $name }. Orders can be assigned once the administrator approves; I have already asked.
add-master-done = Master added: { $name }. Orders can be assigned right away.

work-group-ask = Which group is the work group? Master: { $name }
    Add me to it, then pick it with the button below or send its ID.
    If the master works in one topic of the group, send the link to the topic.
    Skip this step to send orders to the master's private chat.
work-group-ask-master = I was added to the group “{ $group }”. Whose work group is it?
work-group-waits = The choice of the work group can wait.
work-group-no-masters = I was added to the group “{ $group }”, but there is no master to link it to: none is approved and active. Add a master under “{ $masters }”, then press “💬 Work group” in their profile.
work-group-added-by-master = A master added me to the group “{ $group }”. Master: { $name }
    Make it their work group? Their orders will then arrive there.
work-group-advice = Hello! To receive orders in this group, ask a dispatcher to link it to a master: “👥 Masters” → the master's profile → “💬 Work group”.
work-group-back = I am back. The master of this group: { $master }
    Show an order: /order with its number.
work-group-set = Master: { $name }. Orders now arrive in the group { $group }.
    I have written there. If the message does not arrive, I will unlink the group and tell you at once.
work-group-cleared = Done. Master: { $name }. Orders arrive in the private chat.
work-group-not-a-group = This names no group: a group's ID begins with a minus, for example -1001234567890. It is easier to pick it with the button below.
work-group-forward-without-group = This forwarded message does not say which group it is from. Pick the group with the button below or send its ID.
work-group-is-channel = This is a channel, which its subscribers read. Only a group can be a work group.
work-group-topic = { $group }, topic { $topic }
work-group-title = “{ $title }”
work-group-announcement = This is now a work group. Master: { $master }
    Their orders arrive here. To show an order, send /order with its number.

## Users without a role

company-phone = 📞 { $phone }
access-exists = You already have access, the menu is below.
access-no-admins = There is no one to give access yet: no administrator has started the bot. Please try later.
access-asked = The administrators have your request. I will tell you what they decide.
access-waiting = The administrators already have your request. You can remind them a day after you asked.
access-rejected-lately = Your last request was declined. You can ask again after { $time }.
access-request = 🔑 <b>Asks for access</b>
access-became-dispatcher = ✅ Dispatcher now. Decided by: { $person }
access-became-master = ✅ Master now. Added by: { $person }
access-rejected = 🚫 Declined. Decided by: { $person }
access-decided-before = Already decided by: { $person }
notice-access-dispatcher = You have access now: you are a dispatcher. The menu is below, /help tells more.
notice-access-rejected = The administrator did not give you access. If that is a mistake, please call them.
person-name = 👤 { $name }
quoted-text = “{ $text }”
stranger-message = ✉️ <b>Message from someone new</b>
stranger-message-taken = ✍️ Taking the order: { $person }
stranger-message-gone = I no longer have this message. Forward it to me and I will read it.
stranger-message-draft-open = Finish or cancel the order that you have begun first.
stranger-relayed = Thank you! The dispatcher has your message and will get in touch.
stranger-relayed-before = The dispatcher already has your last message. I will pass on the next one after { $time }.

## Users and roles

users-all = All
users-admins = Administrators
users-dispatchers = Dispatchers
users-masters = Masters
users-guests = No role
users-header = <b>Users: { $filter }</b> · { $count }
users-empty = <b>Users: { $filter }</b>

    No one here yet.
users-ask-query = Whom are you looking for? Send a name, an @username, a Telegram ID or a master's phone, or forward one of their messages.
users-found = <b>{ $query }</b> · { $count }
users-nothing-found = <b>{ $query }</b>: no one found. Try another spelling; only those who have written to the bot can be found.
user-title = 👤 <b>{ $name }</b>
user-roles = { $count ->
    [one] Role
   *[other] Roles
}: { $roles }
user-configured = ⚙️ Set in the server's configuration: { $roles }. A revoked role comes back with their next message or the next start; to revoke it for good, remove the ID there.
user-since = First wrote: { $date }
user-created-orders = Orders taken from clients: { $count }
user-as-master = <b>As a master</b>: { $state }
user-master-orders = Now: { $load } · closed: { $closed }
role-granted-done = Role granted: { $role }
role-revoked-done = Role revoked: { $role }
role-revoked-configured = Role revoked: { $role }. It is set in the server's configuration and comes back with their next message or the next start; remove the ID there.
notice-role-granted = You have a new role: { $role }. The menu is at the bottom of the screen; /help says what you can do.
notice-role-revoked = You no longer have the role: { $role }. The menu at the bottom of the screen has changed.

## Buttons under messages

button-assign = 👷 Assign a master
button-reassign = 🔄 Change the master
button-unassign = ↩️ Unassign
button-close = 🏁 Close
button-refuse = 🚫 Refuse
button-reopen = ♻️ Reopen
button-open-order = 👁 Open the order
button-all-orders = 📋 All orders
button-search-new = 🔍 Search again
button-search-new-order = ➕ New order with this phone
button-client-orders = 👤 The client's orders
button-back-to-list = ⬅️ Back to the list
button-back-to-order = ⬅️ Back to order #{ $id }
button-pick-day = 📅 Day
button-pick-master = 👷 Master
button-any-day = All days
button-any-master = All masters
button-my-closed = 🏁 My closed orders
button-as-list = 📋 As a list
button-day-plan = 📅 Day by master
button-accept = ✅ Accept
button-decline = ❌ Decline
button-on-site = 📍 I am on site
button-back-on-site = 📍 Back on site
button-long-repair = ⏳ Long repair
button-tomorrow = Tomorrow, { $date }
button-in-days = In { $count } days, { $date }
button-in-a-week = In a week, { $date }
button-in-two-weeks = In two weeks, { $date }
button-hand-back = 🆘 Can't make it
button-client-declined = 🚫 Client declined
button-master-accepted = ✅ Master accepted
button-master-declined = ❌ Master declined
button-master-on-site = 📍 Master on site
button-master-back-on-site = 📍 Master back on site
button-more = ⋯ More
button-reschedule = 🕒 Reschedule
button-client-waiting = ⏰ Client is waiting
button-today-hours = Today { $hours }
button-tomorrow-hours = Tomorrow { $hours }
button-notices = 🔔 Notifications
button-address-from-assigned = 🏠 Address for masters: at once
button-address-from-accepted = 🏠 Address for masters: once accepted
button-rates = 💵 Rates
button-rates-by-type = 🔧 By equipment type
button-rates-reset = ↩️ Reset these rates
button-equipment-types = 🔧 Equipment types
button-equipment-add = ➕ Add a type
button-equipment-rename = ✏️ Rename
button-equipment-hide = 🙈 Hide
button-equipment-show = 👁 Offer again
button-equipment-up = ⬆️ Up
button-equipment-down = ⬇️ Down
button-create = ✅ Create
button-create-without-master = ✅ Create without a master
button-other-masters = 👥 Other masters
button-keep = ✔ Keep
button-open-order-number = 👁 Order #{ $id }
button-field-equipment = ✏️ Type
button-field-description = ✏️ Problem
button-field-phone = ✏️ Phone
button-field-name = ✏️ Name
button-field-address = ✏️ Address
button-field-notes = ✏️ Notes
button-field-time = ✏️ Time
button-no-materials = 🔩 No materials
button-review-yes = 👍 Yes
button-review-no = 👎 No
button-masters-all = 👥 All masters
button-masters-pending = ⏳ Waiting for approval
button-master-add = ➕ Add a master
button-settlement = 💰 Settlement
button-masters-back = ⬅️ Masters
button-take-back = ↩️ Take back
button-senior = ⭐ Make senior
button-not-senior = ☆ No longer senior
button-dismiss = 🚪 Dismiss
button-confirm-dismissal = 🚪 Yes, dismiss
button-open-master = 👷 Profile of the master
button-make-master = ➕ Add as a master
button-grant-role = ➕ Grant: { $role }
button-revoke-role = ➖ Revoke: { $role }
button-find-user = 🔍 Find a user
button-users-back = ⬅️ Users
button-day-off = 🌴 Day off
button-day-off-over = ▶️ End the day off
button-day-off-today = Today
button-day-off-tomorrow = Today and tomorrow
button-day-off-monday = Until Monday
button-day-off-week = A week
button-approve = ✅ Approve
button-reject = 🚫 Reject
button-activate = ▶️ Activate
button-deactivate = ⏸ Deactivate
button-work-group = 💬 Work group
button-link-group = 💬 Make it the work group
button-pick-group = 💬 Pick a group
button-ask-access = 🔑 Ask for access
button-access-dispatcher = 🎧 Approve as dispatcher
button-access-master = 👷 Approve as master
button-access-reject = 🚫 Decline
button-message-to-order = ➕ Create an order

## Buttons and failures

error-private-chat-only = This works only in a private chat with me: everyone in this group can see it.
error-button-outdated = This button is out of date. Please open the menu or the order again.
error-button-unknown = This button no longer works. Open the menu again: /start
error-flood = Too many messages at once. Wait a few seconds, then repeat the last one.
error-internal = Sorry, something went wrong. Nothing was changed. Please try again a little later.
notice-delay = ⏳ An answer takes longer than usual. Nothing is lost: you need not repeat it.
notice-bot-stopping = 🛑 The bot is stopping. New messages will be handled after the next start.
notice-backup-failed = ⚠️ The database was not backed up: { $reason }
    Details: botctl status
notice-backup-hook-failed = ⚠️ The backup was made, but the command after it failed: { $reason }
    Details: botctl logs tail --level error
notice-undelivered = ⚠️ The card of order #{ $id } was not delivered to the master: { $reason }
    Call the master or assign another.
notice-work-group-unlinked = ⚠️ The work group { $group } is a channel, which its subscribers read. It was unlinked. Master: { $name }. Orders now arrive in the private chat.
notice-link-failed = ⚠️ The group { $group } was unlinked: { $reason }
    Master: { $name }. Orders arrive in the private chat again. Fix this and link the group once more.
undelivered-blocked = they have blocked the bot.
undelivered-deactivated = their Telegram account is deleted.
undelivered-not-started = they have not pressed Start in the bot's chat.
undelivered-removed = the bot was removed from the work group.
undelivered-no-group = the work group does not exist, or the bot is not in it.
undelivered-channel = the work group is a channel, which its subscribers read.
undelivered-topic-closed = the topic in the work group is closed.
undelivered-no-topic = the topic in the work group no longer exists.
undelivered-no-rights = the bot may not write in the work group. An administrator of the group can allow it.
undelivered-restricted = the work group does not allow messages of this kind.
undelivered-unreachable = Telegram could not be reached for a long time.
undelivered-other = Telegram says “{ $reason }”.

## Changes of an order
field-equipment = Type
field-description = Description
field-client-name = Client
field-address = Address
field-phone = Phone
field-notes = Notes
field-total = Total
field-materials = Materials
field-review = Review
field-master = Master
field-master-share = Master's share
field-company-share = Company's share
field-prepayment = Prepayment
field-visit = Visit
field-promised = Promised
edit-menu = <b>Order #{ $id }</b>
    What do you want to change?
edit-ask = <b>Order #{ $id } · { $field }</b>
    Now: { $old }

    Send the new value.
edit-ask-choice = <b>Order #{ $id } · { $field }</b>
    Now: { $old }

    Choose the new one.
edit-ask-first = <b>Order #{ $id } · { $field }</b>
    Not set yet. Send the value.
edit-done = ✏️ <b>Order #{ $id } · { $field }</b>
    { $change }
edit-unchanged = Order #{ $id } already says so. Nothing was changed.
change-values = Before: { $old }
    Now: { $new }
change-added = Now: { $new }
change-removed = Removed: { $old }
notice-edited = ✏️ Order #{ $id } was edited: { $field }. The card shows the new value.
notice-edited-value = ✏️ Order #{ $id } was edited. { $field }: { $new }
comment-ask = What do you want to add to order #{ $id }? Send a comment, photo, video, file or voice message.
comment-done = 💬 Added to order #{ $id }.
comment-unsupported = This cannot be added to an order. Send text, a photo, video, file or voice message.
notice-comment = 💬 Order #{ $id } · { $author }
    { $text }
notice-files = 📎 Order #{ $id } · { $author }
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
comments-title = <b>Order #{ $id }: comments and files</b> · { $count }
comments-empty = Nothing has been added to order #{ $id } yet.
comment-file = Order #{ $id } · { $author }
history-title = <b>History of order #{ $id }</b>
history-author = <b>{ $date }</b> · { $author }
history-date = <b>{ $date }</b>
history-created = 🆕 Created
history-status = { $from } → { $to }
history-for-master = for the master: { $master }
history-note = “{ $note }”
history-change = { $field }
    { $change }
history-cleared = Removed: { $values }
history-comment = 💬 { $text }
history-deleted = 🗑 Deleted. Reason: { $reason }
history-restored = ↩️ Restored
history-client-waiting = The master was told that the client is waiting
history-repeated = 🔁 Repeat visit: order #{ $id }
delete-ask-reason = Why is order #{ $id } to be deleted? Give a reason of at least 3 characters.
delete-confirm = Delete order #{ $id }? It disappears from every list, total and search. An administrator can restore it.
    Reason: { $reason }
deleted-done = 🗑 Order #{ $id } was deleted.
deleted-title = 🗑 <b>Order #{ $id } is deleted</b>
deleted-when = Deleted { $date }
deleted-reason = Reason: { $reason }
card-deleted = 🗑 Order #{ $id } was deleted.
notice-deleted = 🗑 Order #{ $id } was deleted. You have nothing more to do for it.
notice-deleted-closed = 🗑 Your closed order #{ $id } was deleted and no longer counts towards your totals.
notice-deleted-reason = 🗑 Order #{ $id } was deleted.
    Reason: { $reason }
restored-done = Order #{ $id } was restored.
notice-restored = ↩️ Order #{ $id } was restored.
repeat-ask = <b>Repeat visit for order #{ $id }</b>
    Last time: { $description }

    What is wrong now?
card-repeat-of = 🔁 Repeat visit for order #{ $id }
card-repeats = 🔁 Repeat visits: { $numbers }
correct-title = <b>Correcting closed order #{ $id }</b>
correct-ask-master = Who did order #{ $id }?
notice-corrected = ✏️ Closed order #{ $id } was corrected.
notice-not-master-of-record = ✏️ Closed order #{ $id } is now recorded under another master.
card-reason = 💭 Reason: { $reason }
card-comments = 💬 { $count }
refusal-order-not-closed = This is only possible with a closed order.
refusal-order-not-deleted = This order is not deleted.
refusal-amounts-missing = Enter the total first.
button-review-was-left = 👍 There is a review
button-review-was-not-left = 👎 There is no review
button-remove-value = 🗑 Remove
button-edit = ✏️ Edit
button-edit-more = ✏️ Edit more
button-comment = 💬 Comment
button-comments = 📎 Photos and comments ({ $count })
button-history = 🕓 History
button-delete = 🗑 Delete
button-restore = ↩️ Restore
button-repeat = 🔁 Repeat visit
button-correct = ✏️ Correct

## Notes of orders from later versions of the old bot

later-promised = Promised: { $value }
later-prepayment = Prepayment: { $value } ₽
later-out-of-city = Out of the city
later-reschedules = Times rescheduled: { $value }
later-rescheduled-at = Rescheduled: { $value }
later-reschedule-reason = Reason for rescheduling: { $value }

reports-menu = 📊 <b>Reports</b>

    What would you like to see? I start with this month; you can change the period below the report.
reports-ask-dates = Which days? Type the first and the last one, such as “1.11 – 15.11” or “from 25 Dec to 10 Jan”. A single date is a report of that day.
reports-dates-not-understood = I don't understand these dates. Type the first and the last day, such as “1.11 – 15.11”.
report-title = 📊 <b>{ $report }</b>
report-master-title = 👤 <b>{ $name }</b>
report-empty = There is nothing on these days.
report-line = <b>{ $name }</b>
report-counts = new { $created } · closed { $closed } · refused { $refused }
report-money = turnover { $gross } · net { $net }
report-shares = master { $master } · company { $company }
report-without-amounts = closed without amounts: { $count }
report-reason = { $reason }: { $count }
report-refused-total = <b>Refused in total: { $count }</b>
report-order = #{ $id } { $equipment } · { $outcome }
report-order-closed = { $amount }
report-order-without-amounts = closed without an amount
report-order-refused = refused
report-order-created = not closed on these days
report-total = <b>Total</b>
report-gross = Turnover: { $amount }
report-materials = Materials: { $amount }
report-net = Net: { $amount }
report-master-share = Masters: { $amount }
report-company-share = Company: { $amount }
report-average = Average order: { $amount }
report-conversion = Closed of all finished: { $percent }%
report-reviews = Reviews: { $count }
report-no-master = No master
report-no-type = No type
report-no-dispatcher = No dispatcher
report-no-reason = No reason given
report-active-title = 🔧 <b>Open orders</b> · { $count }
report-kind-masters = Masters
report-kind-types = Equipment
report-kind-statuses = Statuses
report-kind-dispatchers = Dispatchers
report-kind-reasons = Refusals
report-kind-days = By day
report-kind-orders = Orders
period-today = Today
period-yesterday = Yesterday
period-this-week = This week
period-last-week = Last week
period-this-month = This month
period-last-month = Last month
period-this-year = This year
period-all = All time
own-statistics-title = 📊 <b>My statistics</b>
own-statistics-closed = closed { $count } ({ $former } { $before })
own-statistics-share = my share { $share } ({ $former } { $before })
own-statistics-yesterday = yesterday
own-statistics-last-week = last week
own-statistics-last-month = last month
own-statistics-others = refused { $refused } · reviews { $reviews }
sheet-created = New
sheet-closed = Closed
sheet-refused = Refused
sheet-without-amounts = Without amounts
sheet-gross = Gross
sheet-materials = Materials
sheet-net = Net
sheet-master-share = Masters’ share
sheet-company-share = Company’s share
sheet-average = Average
sheet-conversion = Closed of ended
sheet-reviews = Reviews
sheet-total = Total
sheet-number = No.
sheet-status = Status
sheet-type = Appliance
sheet-master = Master
sheet-dispatcher = Dispatcher
sheet-created-at = Created
sheet-closed-at = Ended
chart-money-line = { $amount } · { $count }
chart-company-part = { $period } · dark: the company’s share
chart-others = Others ({ $count })
chart-gross = Gross, ₽
chart-closed = Closed orders
chart-thousands = { $count }k
button-report-chart = 📈 Chart
button-report-workbook = 📎 Excel
button-report-active = 🔧 Open orders
button-report-dates = 📅 Two dates
button-report-masters = ⬅️ All masters
button-reports-back = ⬅️ Reports

## Reminders by the clock

reminder-unanswered = ⏰ Order #{ $id } has been waiting for your answer for { $age }. Accept or decline it.
reminder-unanswered-staff = ⏰ No answer to order #{ $id } in { $age }. Master: { $master }
reminder-unanswered-day-off = ⏰ Order #{ $id } is assigned to a master who has a day off. Master: { $master }
reminder-unassigned = ⏰ Order #{ $id } has been without a master for { $age }.
reminder-visit = 🕒 The visit of order #{ $id } is soon: { $visit }
reminder-promised-today = 📅 Order #{ $id } is promised for today.
reminder-promised-past = 📅 Order #{ $id } is late: it was promised for { $date }.
reminder-master = Master: { $master }
reminder-header = ⏰ <b>Reminders</b>
reminder-row-unanswered = ⏰ #{ $id } · waiting for your answer for { $age }
reminder-row-unanswered-staff = ⏰ #{ $id } · no answer from the master in { $age }
reminder-row-day-off = ⏰ #{ $id } · the master has a day off
reminder-row-unassigned = 🆕 #{ $id } · without a master for { $age }
reminder-row-visit = 🕒 #{ $id } · visit soon: { $visit }
reminder-row-promised = 📅 #{ $id } · promised for { $date }
time-limit-header = ⏱ <b>Orders that are in one status for too long</b>
time-limit-row = { $emoji } #{ $id } · { $status } · { $age }
notice-job-failed = ⚠️ The scheduled job { $job } failed: { $reason }
notice-dead-letters = ⚠️ Undelivered messages: { $count }. To see them: botctl outbox list --dead

## Summaries

summary-day-header = 📊 <b>Summary of yesterday, { $day }</b>
summary-today-header = <b>Today, { $day }</b>
summary-period-header = 📊 <b>Summary: { $from } – { $to }</b>
summary-orders = New: { $created } · closed: { $closed } · refused: { $refused }
summary-money = Paid: { $gross }, materials: { $materials }
summary-shares = Masters: { $masters }, company: { $company }
summary-without-amounts = Closed without amounts: { $count }
summary-open = Open orders: { $count }
summary-status = { $emoji } { $name }: { $count }
summary-visits = Visits today: { $count }
summary-no-visits = No visits today.
summary-any-time = any time
summary-without-master = without a master
summary-masters-header = <b>By master</b>
summary-master = { $closed } closed, paid { $gross }, company { $company }

## The day in a pinned message

button-dashboard-on = 📌 Pin a summary of the day
button-dashboard-off = 📌 Remove the summary of the day
dashboard-switched-on = The summary is pinned and updated every hour
dashboard-switched-off = The summary of the day is removed
dashboard-header = 📌 <b>Summary of the day, { $day }</b>
dashboard-unanswered = <b>Waiting for the master’s answer: { $count }</b>
dashboard-unanswered-row = • #{ $id } · { $age }
dashboard-all-answered = All masters have answered.
dashboard-updated = Updated at { $time }
dashboard-off = 📌 The summary of the day is off. You can turn it on in the settings.

## Settlement with masters.

settlement-title = 💰 <b>Settlement with masters</b>
settlement-empty = Nobody owes anything now.
settlement-line = { $name }: { $amount }
settlement-waits = ⏳ { $line }
settlement-disputed = ❗ { $line }
settlement-total = <b>Total: { $amount }</b>
balance-title = 💰 <b>{ $name }</b>
balance-own-title = 💰 <b>My balance</b>
balance-debt = Owes the company { $amount }
balance-credit = The company owes the master { $amount }
balance-own-debt = To hand over: { $amount }
balance-own-credit = The company owes you { $amount }
balance-even = Everything is settled.
balance-open = ⏳ No. { $id }: { $amount }, waiting for the master
balance-disputed = ❗ No. { $id }: { $amount }, the master disagrees: { $reason }
balance-no-entries = There are no entries yet.
balance-last-entries = <b>Last entries</b>
entry-line = { $day } · { $name }: { $amount }
entry-of-order = { $name } #{ $id }
entry-prepayment = Prepayment for order
entry-closing = Closing of order
entry-correction = Correction of order
entry-deletion = Deletion of order
entry-restoration = Restoration of order
entry-refusal = Cancellation of order
entry-hand-over = Cash handed over
entry-reversal = Hand-over cancelled
button-take-cash = 💵 Take cash
button-statement = 📄 Statement
button-own-balance = 💰 My balance
button-open-balance = 💰 Balance
button-reverse-hand-over = ↩️ Cancel no. { $id }: { $amount }
button-whole-balance = 💵 All of it: { $amount }
button-confirm-hand-over = ✅ Confirm
button-dispute-hand-over = ✋ Not right
cash-ask-amount = How much cash did { $name } hand over?
cash-ask-note = { $name }: { $amount }. Write a note, or skip it.
cash-booked = ✅ Booked: { $name }, { $amount }. Waiting for the master to confirm.
cash-ask-master = 💵 It is booked that you handed over { $amount }. Is that right?
error-cash-zero = The amount must be more than zero.
hand-over-note = Note: { $note }
hand-over-reason = The master writes: { $reason }
hand-over-ask-dispute = What is wrong with the entry of { $amount }? Write how much you handed over, for example.
hand-over-open = This entry is waiting for the master.
hand-over-confirmed = This entry is already confirmed.
hand-over-disputed = This entry is already disputed.
hand-over-reversed = This entry is cancelled.
hand-over-confirmed-done = ✅ Thank you! You confirmed that you handed over { $amount }.
hand-over-disputed-done = ✋ Passed on: you disagree with the entry of { $amount }. It will be checked.
hand-over-reversed-master = ↩️ The entry that you handed over { $amount } is cancelled.
notice-hand-over-booked = 💵 { $name }: { $amount } received
notice-hand-over-confirmed = ✅ { $name }: the master confirmed { $amount }
notice-hand-over-disputed = ❗ { $name }: the master disagrees with the entry of { $amount }
notice-hand-over-reversed = ↩️ { $name }: the entry of { $amount } is cancelled
notice-unasked-hand-over = ⚠️ { $name }: the message about { $amount } was not delivered: { $reason } The cash is booked, but the master cannot confirm it.
continue-take-cash = ▶️ Take cash
continue-dispute = ▶️ What is wrong with the cash
statement-title = 📄 <b>Statement: { $name }</b>
    { $period }
statement-opening = Opening balance: { $amount }
statement-closing = <b>Closing balance: { $amount }</b>
statement-hidden = …and { $count } earlier entries: all of them are in the file.
statement-file = Statement { $name } { $period }
sheet-entry-date = Date
sheet-entry = Entry
sheet-entry-order = Order
sheet-entry-amount = Amount
sheet-entry-balance = Balance
sheet-entry-note = Note
sheet-opening-balance = Opening balance
sheet-closing-balance = Closing balance
